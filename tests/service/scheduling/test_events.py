from service.scheduling.events import EventLog


def test_a_late_watcher_gets_all_events_until_it_leaves() -> None:
    log = EventLog()
    early: list[object] = []
    late: list[object] = []
    log.watch(early.append)
    log.add("one")
    leave = log.watch(late.append)
    log.add("two")
    leave()
    leave()
    log.add("three")
    assert early == ["one", "two", "three"]
    assert late == ["one", "two"]
