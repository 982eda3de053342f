"""The kernel's account of USB devices as a folder a test fills."""

from __future__ import annotations

from pathlib import Path


class UsbTree:
    """`sys_root` and `dev_root` as `find_usb_printers` reads them."""

    def __init__(self, folder: Path) -> None:
        self.sys_root = folder / "sys"
        self.dev_root = folder / "dev"
        self._devices = self.sys_root / "bus" / "usb" / "devices"
        self._devices.mkdir(parents=True)
        (self.dev_root / "usb").mkdir(parents=True)

    def plug(
        self,
        place: str,
        *,
        interface_class: str = "07",
        vendor: str = "0416",
        product: str = "5011",
        maker: str | bytes = "",
        model: str | bytes = "",
        serial: str = "",
        ieee1284: str = "",
        lp: str = "",
    ) -> Path:
        """Plug a device in at `place`; returns the path of its device file, which the test makes or not."""
        device, interface = self._devices / place, self._devices / f"{place}:1.0"
        device.mkdir()
        interface.mkdir()
        told: dict[str, str | bytes] = {"idVendor": vendor, "idProduct": product}
        told |= {"manufacturer": maker, "product": model, "serial": serial}
        for name, text in told.items():
            if text:
                (device / name).write_bytes((text if isinstance(text, bytes) else text.encode()) + b"\n")
        (interface / "bInterfaceClass").write_text(f"{interface_class}\n")
        if ieee1284:
            (interface / "ieee1284_id").write_text(f"{ieee1284}\n")
        if lp:
            (interface / "usbmisc" / lp).mkdir(parents=True)
        return self.dev_root / "usb" / (lp or "none")

    def unplug(self, place: str) -> None:
        """Pull the device at `place` out."""
        for folder in (self._devices / f"{place}:1.0", self._devices / place):
            for path in sorted(folder.rglob("*"), reverse=True):
                if path.is_dir():
                    path.rmdir()
                else:
                    path.unlink()
            folder.rmdir()
