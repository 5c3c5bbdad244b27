"""Opening a page in a real browser."""

OFFLINE = ("file:", "data:", "blob:")
_PATIENCE = 300_000  # milliseconds; a busy machine needs ten times as long as an idle one


def shown(browser, place, **options):
    """The page of a file or an address, and what went wrong on it: errors, and requests to anywhere else."""
    address = place if isinstance(place, str) else place.as_uri()
    origin = "/".join(address.split("/")[:3]) + "/"
    page = browser.new_page(**options)
    page.set_default_timeout(_PATIENCE)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith((*OFFLINE, origin)) else wrong.append(request.url),
    )
    page.goto(address)
    page.wait_for_function(
        "document.querySelectorAll('.js-plotly-plot').length === document.querySelectorAll('[data-figure]').length"
    )
    return page, wrong
