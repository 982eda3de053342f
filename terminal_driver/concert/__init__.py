"""Concert V2 (Caisse E/E+, "Telium"), the serial register interface of French card terminals, without input or output.

``frame`` cuts bytes into frames and control bytes, ``layout`` cuts a message into its fixed fields, ``messages`` gives
them types, ``link`` carries one message either way, ``judgement`` says what an answer proves, ``engine`` speaks as the
register. Nothing here reads a clock, a port or a thread; the caller gives bytes and the time.

The specification of the Association du Paiement is not public. What is written here follows programs that speak the
protocol; where they leave a gap the safer reading is taken (docs/adr/0008).
"""
