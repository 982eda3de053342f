"""Receipt printing: document -> layout -> ESC/POS bytes -> printer, and what became of the job.

The order of the modules is the order of the work: `document` (what to print), `layout` (lines for one paper width),
`encoder` (bytes), `transports` and `job` (sending them and judging the outcome), `status` (what the printer says).
"""
