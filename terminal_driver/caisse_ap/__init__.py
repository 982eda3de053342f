"""Caisse-AP 3.x (Concert V3), the network register interface of French card terminals, without input or output.

``tlv`` cuts text into elements, ``messages`` gives them types, ``tickets`` reads receipts, ``judgement`` says what an
answer proves, ``engine`` speaks as the register. Nothing here reads a clock, a socket or a thread; the caller gives
bytes and the time. One connection carries one request and its answer (transport option ``per_command``).

The specification of the Association du Paiement is not public. What is written here follows programs and pages that
speak of the protocol; where they leave a gap the safer reading is taken (docs/adr/0008).
"""
