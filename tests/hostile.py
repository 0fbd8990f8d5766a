"""Texts that run as a script wherever something takes them for markup, and records made of them."""

from tests.records import study

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "\"><iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<details open ontoggle=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "javascript:alert(1)",
    "${alert(1)} {{alert(1)}} {% raw %}",
    "\u202e<b onmouseover=alert(1)>drawn\u2066",
    "<math><mtext></p><style><img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "' autofocus onfocus='alert(1)",
    "</title></textarea><svg/onload=alert(1)>",
    "--><script>alert(1)</script>",
)


def hostile_records():
    """A record for each payload, which stands in every text that a page shows."""
    return [
        study(
            f"NCT{number:08}",
            f"{payload} alert trial",
            conditions=[payload, "Alert"],
            interventions=[payload, "Alert"],
            identificationModule={"officialTitle": payload, "acronym": payload, "orgStudyIdInfo": {"id": payload}},
            sponsorCollaboratorsModule={"leadSponsor": {"name": payload, "class": payload}},
            descriptionModule={"briefSummary": payload},
            statusModule={"overallStatus": payload},
            designModule={"studyType": payload, "phases": [payload]},
            contactsLocationsModule={"locations": [{"country": payload}]},
            eligibilityModule={"minimumAge": payload, "maximumAge": payload, "sex": payload},
        )
        for number, payload in enumerate(PAYLOADS, start=1)
    ]
