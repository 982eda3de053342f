"""The newest revision is read off the file names; Alembic, which reads the files themselves, has to agree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

import gateway.migrations
from gateway.adapters.db import schema


def test_head_when_asked_then_alembic_says_the_same() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(gateway.migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)

    assert schema.head() == scripts.get_current_head()
    assert len(scripts.get_heads()) == 1


def test_upgrade_when_up_to_date_then_alembic_is_not_loaded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    schema.upgrade(url)
    program = (
        "import sys; from gateway.adapters.db import schema;"
        f"schema.upgrade({url!r}); assert 'alembic' not in sys.modules"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
