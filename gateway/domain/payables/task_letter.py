"""Letters to people of the office about what waits for them: short, without figures of any invoice or account."""

from collections.abc import Mapping

APPROVALS, RELEASE = "approvals", "release"
PATHS: Mapping[str, str] = {APPROVALS: "/approvals", RELEASE: "/payment-runs"}
"""The page on which the work is done."""

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "approvals.one": "1 invoice waits for your approval",
        "approvals": "{count} invoices wait for your approval",
        "approvals.text": "The first of them is due on {first_due_on}.",
        "release": "Payment run {number} waits for your release",
        "release.text": "It was approved with {count} payments to be made on {run_on}.",
        "hello": "Hello {name},",
        "where": "Open: {link}",
        "why": "You get this letter because {shop} has your address. An administrator can change it.",
    },
    "de": {
        "approvals.one": "1 Rechnung wartet auf Ihre Freigabe",
        "approvals": "{count} Rechnungen warten auf Ihre Freigabe",
        "approvals.text": "Die erste davon ist am {first_due_on} fällig.",
        "release": "Zahlungslauf {number} wartet auf Ihre Ausführung",
        "release.text": "Er wurde mit {count} Zahlungen zum {run_on} freigegeben.",
        "hello": "Guten Tag {name},",
        "where": "Hier geht es weiter: {link}",
        "why": "Sie erhalten diese Nachricht, weil {shop} Ihre Adresse hat. Die Verwaltung kann sie ändern.",
    },
}


def task_letter(told: Mapping[str, str], *, shop: str, public_url: str) -> tuple[str, str]:
    """Return subject and text.

    Args:
        told: ``task``, ``language``, ``name``, ``count``, and ``first_due_on`` or ``number`` and ``run_on``.
        shop: name of the shop.
        public_url: where the gateway is reached from outside, without a slash at its end; empty: no link.
    """
    words = _WORDS.get(told["language"], _WORDS["en"])
    task = told["task"]
    subject = words[f"{task}.one" if task == APPROVALS and told["count"] == "1" else task].format(**told)
    lines = [words["hello"].format(**told), "", f"{subject}.", words[f"{task}.text"].format(**told)]
    if public_url:
        lines += ["", words["where"].format(link=f"{public_url}{PATHS[task]}")]
    return subject, "\n".join([*lines, "", words["why"].format(shop=shop), ""])
