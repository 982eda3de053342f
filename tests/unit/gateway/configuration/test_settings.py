"""Settings: where each value comes from, what is refused and in which words, and that secrets stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.configuration.settings import Settings, describe, load_settings
from gateway.configuration.transport_address import TransportKind, parse_transport
from gateway.domain.errors import ConfigurationError

_TERMINAL = '[[terminals]]\nid = "front"\nname = "Front"\ntransport = "virtual:pty"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "shop.toml"


def _refused(
    path: Path | None, overrides: dict[str, object] | None = None, environ: dict[str, str] | None = None
) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path, overrides or {}, environ or {})
    assert caught.value.code == "invalid_settings"
    return caught.value.message


def test_settings_when_nothing_is_given_then_defaults_hold() -> None:
    settings = load_settings(None, {}, {})

    assert (settings.server.host, settings.server.port, settings.server.threads) == ("127.0.0.1", 8321, 96)
    assert settings.database.full_url().get_secret_value() == "sqlite:///var/tillbridge.sqlite3"
    assert (settings.security.session_idle_minutes, settings.security.session_absolute_hours) == (15, 12)
    assert settings.terminals == ()
    assert not settings.demo.enabled


def test_settings_when_given_everywhere_then_the_nearest_wins(config: Path) -> None:
    config.write_text("[server]\nport = 1001\nthreads = 50\nevent_streams_max = 7\n")
    environ = {"TILLBRIDGE_SERVER__PORT": "1002", "TILLBRIDGE_SERVER__THREADS": "60", "PATH": "x"}

    settings = load_settings(config, {"server.port": 1003}, environ)

    assert (settings.server.port, settings.server.threads, settings.server.event_streams_max) == (1003, 60, 7)


def test_settings_when_changed_then_they_refuse() -> None:
    settings = load_settings(None, {}, {})

    with pytest.raises(ValidationError):
        settings.server.port = 1


def test_device_when_named_by_id_then_environment_and_command_line_reach_it(config: Path) -> None:
    config.write_text(_TERMINAL.replace("front", "front-2"))
    environ = {"TILLBRIDGE_TERMINALS__FRONT_2__PASSWORD": "123456"}

    settings = load_settings(config, {"terminals.front-2.transport": "tcp:127.0.0.1:20007"}, environ)

    assert settings.terminals[0].password.get_secret_value() == "123456"
    assert settings.terminals[0].address == parse_transport("tcp:127.0.0.1:20007")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[server]\nprot = 1\n", "server.prot: no such setting; did you mean 'port'?"),
        ("[sevrer]\nport = 1\n", "sevrer: no such setting; did you mean 'server'?"),
        (f"{_TERMINAL}colour = 1\n", "terminals.front.colour: no such setting; known here: answer_timeout_s"),
        ("[server]\nport = 70000\n", "server.port: Input should be less than or equal to 65535"),
        ("[server\n", "Expected ']'"),
        ('[server.client_certificates]\n"9F:86" = "a1b2c3d4e5f6"\n', "each is the SHA-256 of a certificate"),
        (f'[server.client_certificates]\n{"9f" * 32} = "a1b2c3d4e5f6"\n', "client_certificates need trusted_proxy"),
        ('[[registers]]\nid = "a"\nname = "A"\nprinter = "lost"\n', "registers.a.printer: no printer 'lost'"),
        (f"{_TERMINAL}{_TERMINAL}", "terminals: the id 'front' occurs twice"),
        ('[[registers]]\nid = "a"\nname = "A"\nterminal = "x"\n', "registers.a.terminal: no terminal 'x'"),
        ('[shop]\ntime_zone = "Europe/Berlni"\n', "shop.time_zone: no time zone of this name; did you mean"),
        (
            '[server]\nhost = "0.0.0.0"\nsecure_cookies = false\n',
            "server.secure_cookies: may be off only on a loopback",
        ),
        ('[server]\nhost = "0.0.0.0"\n[demo]\nenabled = true\n', "demo.enabled: the demo serves only a loopback"),
        ("[server]\nthreads = 16\n" + _TERMINAL, "server.threads: at least 17 for 1 terminals"),
        ('[database]\nurl = "mysql://x"\n', "database.url: String should match pattern"),
        (_TERMINAL.replace("virtual:pty", "usb:1"), "terminals.front.transport: expected virtual:pty"),
        (_TERMINAL.replace('"front"', '"Front 1"'), "terminals.Front 1.id: String should match pattern"),
    ],
)
def test_settings_when_wrong_then_the_place_and_the_way_out_are_told(config: Path, text: str, words: str) -> None:
    config.write_text(text)

    assert words in _refused(config)


def test_settings_when_several_are_wrong_then_all_are_told_at_once(config: Path) -> None:
    config.write_text('[server]\nport = -1\n[shop]\ncurrency = "euro"\n')

    told = _refused(config)

    assert "server.port" in told
    assert "shop.currency" in told


def test_settings_when_the_file_is_missing_then_its_path_is_told(tmp_path: Path) -> None:
    assert f"{tmp_path / 'none.toml'}: No such file" in _refused(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("TILLBRIDGE_SERVR__PORT", "did you mean 'TILLBRIDGE_SERVER__...'"),
        ("TILLBRIDGE_PORT", "no such setting"),
        ("TILLBRIDGE_SERVER__PROT", "server.prot: no such setting; did you mean 'port'?"),
        ("TILLBRIDGE_TERMINALS__LOST__NAME", "terminals"),
    ],
)
def test_environment_when_a_name_is_wrong_then_it_is_refused(variable: str, words: str) -> None:
    assert words in _refused(None, environ={variable: "1"})


def test_environment_when_it_is_about_something_else_then_it_is_left_alone() -> None:
    environ = {"TILLBRIDGE_CONFIG": "x", "TILLBRIDGE_CORPUS": "y", "HOME": "z"}

    assert load_settings(None, {}, environ) == Settings()


def test_environment_when_a_list_is_written_as_json_then_it_is_read() -> None:
    environ = {"TILLBRIDGE_SERVER__TRUSTED_ORIGINS": '["https://till.example"]'}

    assert load_settings(None, {}, environ).server.trusted_origins == ("https://till.example",)
    assert "not JSON" in _refused(None, environ={"TILLBRIDGE_SERVER__TRUSTED_ORIGINS": "[x"})


@pytest.mark.parametrize(
    "text",
    [
        f'{_TERMINAL}password = "123456"\n',
        '[database]\npassword = "hush"\n',
        '[database]\nurl = "postgresql://till:hushhush@127.0.0.1/till"\n',
    ],
)
def test_secret_when_it_stands_in_the_file_then_it_is_refused_unseen(config: Path, text: str) -> None:
    config.write_text(text)

    told = _refused(config)

    assert "does not belong into this file" in told
    assert "hush" not in told
    assert "123456" not in told


def test_secret_when_it_stands_on_the_command_line_then_it_is_refused() -> None:
    assert "secrets do not belong here" in _refused(None, {"database.password": "hush"})


def test_secret_when_its_file_is_private_then_it_is_read(tmp_path: Path, config: Path) -> None:
    secret = tmp_path / "terminal.secret"
    secret.write_text("654321\n")
    secret.chmod(0o600)
    config.write_text(f'{_TERMINAL}password_file = "{secret}"\n')

    assert load_settings(config, {}, {}).terminals[0].password.get_secret_value() == "654321"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o700])
def test_secret_when_others_may_read_its_file_then_it_is_refused(tmp_path: Path, config: Path, mode: int) -> None:
    secret = tmp_path / "terminal.secret"
    secret.write_text("654321\n")
    secret.chmod(mode)
    config.write_text(f'{_TERMINAL}password_file = "{secret}"\n')

    told = _refused(config)

    assert f"chmod 600 {secret}" in told
    assert "654321" not in told


@pytest.mark.parametrize("content", [b"", b" \n", b"x" * 4097])
def test_secret_when_its_file_is_empty_or_too_large_then_it_is_refused(
    tmp_path: Path, config: Path, content: bytes
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(content)
    secret.chmod(0o600)
    config.write_text(f'[database]\npassword_file = "{secret}"\n')

    assert "expected a secret" in _refused(config)


def test_password_when_it_is_no_terminal_password_then_the_words_hide_it(config: Path) -> None:
    config.write_text(_TERMINAL)

    told = _refused(config, environ={"TILLBRIDGE_TERMINALS__FRONT__PASSWORD": "hush"})

    assert "terminals.front.password: a ZVT password has six digits" in told
    assert "hush" not in told


@pytest.mark.parametrize(
    "environ",
    [
        {"TILLBRIDGE_DATABASE_URL": "postgresql://till:p%40ss@127.0.0.1:5432/till"},
        {"TILLBRIDGE_DATABASE__URL": "postgresql://till@127.0.0.1:5432/till", "TILLBRIDGE_DATABASE__PASSWORD": "p@ss"},
    ],
)
def test_database_when_it_has_a_password_then_only_the_full_address_holds_it(environ: dict[str, str]) -> None:
    database = load_settings(None, {}, environ).database

    assert database.url == "postgresql://till@127.0.0.1:5432/till"
    assert database.full_url().get_secret_value() == "postgresql+psycopg://till:p%40ss@127.0.0.1:5432/till"
    assert "ss@" not in repr(database)


def test_description_when_made_then_it_is_plain_and_without_secrets(config: Path) -> None:
    config.write_text(_TERMINAL)
    environ = {"TILLBRIDGE_TERMINALS__FRONT__PASSWORD": "918273", "TILLBRIDGE_DATABASE__PASSWORD": "hush"}

    told = describe(load_settings(config, {}, environ))

    assert told["terminals"][0]["password"] == "set"
    assert told["logging"] == {"level": "info", "format": "json"}
    assert "918273" not in str(told)
    assert "hush" not in str(told)


@pytest.mark.parametrize(
    ("text", "kind", "target", "port"),
    [
        ("virtual:memory", TransportKind.VIRTUAL, "memory", 0),
        ("serial:/dev/ttyUSB0?baud=115200", TransportKind.SERIAL, "/dev/ttyUSB0", 0),
        ("tcp:192.0.2.1:20007", TransportKind.TCP, "192.0.2.1", 20007),
        ("tcp:[2001:db8::1]:9100", TransportKind.TCP, "2001:db8::1", 9100),
        ("file:/dev/usb/lp0", TransportKind.FILE, "/dev/usb/lp0", 0),
        ("usb:", TransportKind.USB, "", 0),
        ("usb:04b8:0E15/J2", TransportKind.USB, "04b8:0E15/J2", 0),
    ],
)
def test_transport_when_good_then_it_is_taken_apart(text: str, kind: TransportKind, target: str, port: int) -> None:
    address = parse_transport(text)

    assert (address.kind, address.target, address.port) == (kind, target, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tcp:",
        "tcp:host",
        "tcp:host:0",
        "tcp:host:70000",
        "tcp::1",
        "virtual:usb",
        "serial:/dev/x?bad=1",
        "serial:/dev/x?baud=fast",
        "file:/dev/x?baud=1",
        "usb:lp0",
        "usb:04b8:0e15/",
        "usb:04b8:0e15?baud=9600",
    ],
)
def test_transport_when_wrong_then_it_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|unknown option|takes|must be"):
        parse_transport(text)
