"""The element as a page holds it, and what a page shows and tells."""

from pathlib import Path

ASKED = "NCT06853522"
AXE = Path(__file__).with_name("axe.min.js")
FALLBACK = '<a href="https://registry.example/search">Search the registry</a>'
# Playwright's own wait_for_function evaluates strings, which the policy forbids.
UNTIL_TOLD = """([what, count]) => new Promise((resolve) => {
  const end = performance.now() + 20000;
  const look = () => {
    const found = told.filter(([kind]) => kind === what).map(([, detail]) => detail);
    if (found.length >= count || performance.now() > end) resolve(found); else setTimeout(look, 10);
  };
  look();
})"""


def widget(nct_id=ASKED, fallback=FALLBACK, **attributes):
    given = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<h1>A study</h1><related-trials nct-id="{nct_id}"{given}>{fallback}</related-trials>'


def told(page, what, count=1):
    """The details of the events of a kind, once there are `count` of them."""
    found = page.evaluate(UNTIL_TOLD, [what, count])
    assert len(found) >= count, f"no {what} in time, but {page.evaluate('told')}"
    return found


def broken_rules(page):
    """What the policy had to forbid, and how often a payload ran."""
    return page.evaluate("[violations, executed]")


NONE = [[], 0]


def violations(page):
    """What axe-core finds, as rule and place. It runs beside the page, as a browser's extension does."""
    session = page.context.new_cdp_session(page)
    session.send("Page.enable")
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame})["executionContextId"]

    def run(expression):
        asked = {"expression": expression, "contextId": world, "awaitPromise": True, "returnByValue": True}
        answer = session.send("Runtime.evaluate", asked)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    run(AXE.read_text(encoding="utf-8"))
    return run(
        "axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>"
        "nodes.map(({ target, failureSummary }) => [id, String(target), failureSummary])))"
    )
