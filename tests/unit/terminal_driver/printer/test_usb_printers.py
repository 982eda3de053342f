"""USB printers are found by what they are, in the account a kernel gives."""

from pathlib import Path

import pytest

from terminal_driver.errors import TransportError
from terminal_driver.printer.usb_printers import (
    UsbPrinter,
    check_usb_address,
    choose_usb_printer,
    device_file_of,
    find_usb_printers,
)
from tests.support.usb_tree import UsbTree


@pytest.fixture
def tree(tmp_path: Path) -> UsbTree:
    return UsbTree(tmp_path)


def found(tree: UsbTree) -> tuple[UsbPrinter, ...]:
    return find_usb_printers(tree.sys_root, tree.dev_root)


def test_find_when_there_is_no_usb_then_nothing(tmp_path: Path) -> None:
    assert find_usb_printers(tmp_path / "sys", tmp_path / "dev") == ()


def test_find_when_printer_then_maker_model_serial_and_device_file(tree: UsbTree) -> None:
    tree.plug("1-2", vendor="04B8", product="0e15", maker="EPSON", model="TM-T20II", serial="J2XY", lp="lp0")

    assert found(tree) == (
        UsbPrinter("1-2:1.0", "04b8", "0e15", "EPSON", "TM-T20II", "J2XY", "", tree.dev_root / "usb" / "lp0"),
    )
    assert found(tree)[0].address == "usb:04b8:0e15/J2XY"


def test_find_when_other_devices_then_only_class_seven_counts(tree: UsbTree) -> None:
    tree.plug("1-1", interface_class="03", model="Keyboard")
    tree.plug("1-2", interface_class="ff", model="Printer with a driver of its maker")
    tree.plug("1-3.1", interface_class="07", model="Receipt printer nobody has heard of", lp="lp1")

    assert [(printer.place, printer.model) for printer in found(tree)] == [
        ("1-3.1:1.0", "Receipt printer nobody has heard of")
    ]


def test_find_when_device_says_little_then_its_1284_id_helps(tree: UsbTree) -> None:
    tree.plug("1-2", ieee1284="MANUFACTURER:Maker;MDL:POS-58;COMMAND SET:ESC/POS;SN:77;CLS:PRINTER;", lp="lp0")

    (printer,) = found(tree)
    assert (printer.maker, printer.model, printer.serial, printer.commands) == ("Maker", "POS-58", "77", "ESC/POS")


def test_find_when_texts_are_hostile_then_cleaned_and_short(tree: UsbTree) -> None:
    tree.plug("1-2", model="POS\x1b[2J\x00" + "x" * 5000, maker=b"\xff\xfe", lp="lp0")

    (printer,) = found(tree)
    assert printer.model.startswith("POS[2J")
    assert len(printer.model) == 200
    assert printer.maker.isprintable()


@pytest.mark.parametrize(
    ("wanted", "place"),
    [("1111:2222", "1-1:1.0"), ("3333:4444/B", "1-3:1.0"), ("3333:4444/A", "1-2:1.0"), ("1111:2222/S", "1-1:1.0")],
)
def test_choose_when_named_then_that_one(wanted: str, place: str, tree: UsbTree) -> None:
    tree.plug("1-1", vendor="1111", product="2222", serial="S", lp="lp0")
    tree.plug("1-2", vendor="3333", product="4444", serial="A", lp="lp1")
    tree.plug("1-3", vendor="3333", product="4444", serial="B", lp="lp2")

    assert choose_usb_printer(wanted, found(tree)).place == place
    assert choose_usb_printer(wanted.upper(), found(tree)).place == place


def test_choose_when_it_is_the_only_one_then_no_name_is_needed(tree: UsbTree) -> None:
    tree.plug("1-1", interface_class="03")
    tree.plug("1-2", lp="lp0")

    assert choose_usb_printer("", found(tree)).place == "1-2:1.0"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("", "more than one USB printer fits"),
        ("3333:4444", "more than one USB printer fits"),
        ("9999:4444", "no USB printer 9999:4444"),
        ("3333:4444/C", "no USB printer 3333:4444/C"),
    ],
)
def test_choose_when_not_exactly_one_can_be_used_then_told_why(wanted: str, words: str, tree: UsbTree) -> None:
    tree.plug("1-2", vendor="3333", product="4444", serial="A", lp="lp1")
    tree.plug("1-3", vendor="3333", product="4444", serial="B", lp="lp2")

    with pytest.raises(TransportError, match=words) as refused:
        choose_usb_printer(wanted, found(tree))

    assert refused.value.code == "printer_unreachable"
    assert refused.value.hint


def test_device_file_when_the_kernel_gave_none_then_told_what_to_load(tree: UsbTree) -> None:
    tree.plug("1-2")

    with pytest.raises(TransportError, match="no device file") as refused:
        device_file_of(found(tree)[0])

    assert "usblp" in refused.value.hint


@pytest.mark.parametrize("wanted", ["lp0", "04b8", "04b8:", "04b8:0e15/", "4b8:0e15", "04b8:0e15 "])
def test_address_when_of_another_form_then_refused(wanted: str) -> None:
    with pytest.raises(ValueError, match="VENDOR:PRODUCT"):
        check_usb_address(wanted)
