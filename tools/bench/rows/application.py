"""Services, and the command that runs them."""

from tools.bench.model import Goal, Kind, Row, alike

ROWS = [
    Row(
        f"{name}-{count}",
        f"start and stop {count:,} {title}, each",
        Kind.TIMED,
        alike("twisted_services.py", str(count), kind),
        # For each service as much as with a tenth of them: that is what linear means.
        Goal(1.0),
    )
    for name, title, kind in (("services", "services", "one"), ("multiservices", "services of services", "many"))
    for count in (1000, 10_000)
]
ROWS.append(
    Row(
        "twist-help",
        "twist --help",
        Kind.STARTED,
        alike("commanded.py", "twisted.application.twist._twist", "Twist.main", "twist", "--help"),
        Goal(2.5),
        unit="ms",
        scale=1e3,
    )
)
