"""A daily file of exchange rates in the shape of the European Central Bank, with invented figures."""

from __future__ import annotations

from datetime import date

DAY = date(2026, 3, 2)

DAILY = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
                 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube>
    <Cube time="2026-03-02">
      <Cube currency="USD" rate="1.2500"/>
      <Cube currency="JPY" rate="160.00"/>
      <Cube currency="CHF" rate="0.9600"/>
      <Cube currency="SEK" rate="11.2345"/>
      <Cube currency="QQX" rate="3.5"/>
    </Cube>
  </Cube>
</gesmes:Envelope>
"""
