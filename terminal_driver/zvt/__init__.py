"""ZVT, the register interface of German, Austrian and Swiss card terminals, without any input or output.

Codecs (``bcd``, ``tlv``, ``bitmaps``, ``apdu``, ``framing``, ``fields``, ``commands``, ``messages``, ``print_jobs``,
``requests``, ``day_totals``), tables (``status_codes``, ``intermediate_codes``, ``field_descriptions``, ``state``) and
two engines. ``engine`` speaks as the register: ``operation_start`` turns an operation into a command and a call, calls
judge the messages of the terminal, ``proof`` and ``recovery`` say what proves that money moved, ``rules`` answer what
the terminal asks. ``device_engine`` speaks as the terminal.
Nothing here reads a clock, a port, a socket or a thread; the caller gives bytes and the time.
"""
