from pathlib import Path

import pytest

from gateway.domain.errors import ConfigurationError
from gateway.node.node_identity import NodeIdentity


def test_identity_when_the_folder_is_taken_then_a_second_is_refused(tmp_path: Path) -> None:
    first = NodeIdentity(tmp_path, "till")

    with pytest.raises(ConfigurationError) as refusal:
        NodeIdentity(tmp_path, "till")

    assert refusal.value.code == "data_folder_in_use"
    first.close()
    NodeIdentity(tmp_path, "till").close()


def test_identity_when_started_again_then_it_knows_its_former_holder(tmp_path: Path) -> None:
    first = NodeIdentity(tmp_path, "till")
    assert first.former is None
    first.settle()
    first.close()

    second = NodeIdentity(tmp_path, "till")

    assert second.former == first.holder
    assert second.holder != first.holder
    second.close()


def test_identity_when_it_stopped_before_settling_then_the_former_holder_is_kept(tmp_path: Path) -> None:
    first = NodeIdentity(tmp_path, "till")
    first.settle()
    first.close()
    NodeIdentity(tmp_path, "till").close()

    third = NodeIdentity(tmp_path, "till")

    assert third.former == first.holder
    third.close()
