"""ZVT, the register interface of German, Austrian and Swiss card terminals, without any input or output.

Codecs (``bcd``, ``tlv``, ``bitmaps``, ``apdu``, ``framing``, ``fields``, ``commands``, ``messages``), tables
(``status_codes``, ``state``) and two engines: ``engine`` speaks as the register, ``device_engine`` as the terminal.
Nothing here reads a clock, a port, a socket or a thread; the caller gives bytes and the time.
"""
