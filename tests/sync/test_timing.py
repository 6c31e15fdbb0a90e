from kiosk.sync.timing import Every, Line


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def line(clock: Clock, told: list[tuple[str, float]]) -> Line:
    def spread(terminal: str, outage: float) -> float:
        told.append((terminal, outage))
        return 40.0

    return Line("GD1", spread, clock)


def test_after_an_outage_the_backlog_is_quiet_for_its_share_and_then_goes() -> None:
    clock, told = Clock(), list[tuple[str, float]]()
    centre = line(clock, told)
    assert not centre.there()
    centre.lost()
    clock.now += 500
    centre.lost()
    clock.now += 100
    assert centre.misses == 2
    assert centre.there()
    assert told == [("GD1", 600.0)]
    assert (centre.misses, centre.quiet()) == (0, 40.0)
    clock.now += 39
    assert not centre.there(), "nothing new: the peace goes on and is not begun again"
    assert centre.quiet() == 1
    clock.now += 2
    assert centre.quiet() == 0


def test_at_the_first_contact_the_oldest_matter_tells_of_the_outage_before_the_start() -> None:
    told = list[tuple[str, float]]()
    assert line(Clock(), told).there(oldest=7200.0)
    assert told == [("GD1", 7200.0)]


def test_a_task_asked_for_now_is_due_now_unless_something_firm_is_in_the_way() -> None:
    task = Every(3600)
    assert task.due()
    assert not task.due()
    task.now()
    assert task.due()
    task.not_for(600, firm=False)
    assert task.left() > 500
    task.now()
    assert task.due()
    task.not_for(600, firm=True)
    task.now()
    assert not task.due()


def test_failures_are_tried_again_soon_and_then_less_and_less_often() -> None:
    waits: list[float] = []
    for misses in (0, 3, 6, 5000):
        task = Every(60)
        assert task.due()
        task.retry(misses)
        waits.append(task.left())
    assert waits == sorted(waits)
    assert waits[0] <= 0.5
    assert waits[-1] <= 60
