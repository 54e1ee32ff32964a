"""Files and folders that are watched, as the kernel tells of them."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.internet import inotify
from twisted.internet.main import CONNECTION_DONE
from twisted.internet.testing import EventLoggingObserver, MemoryReactorClock
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure
from twisted.python.filepath import FilePath

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone has inotify")


def test_numbers_are_the_kernels() -> None:
    numbers = {name: getattr(inotify, name) for name in inotify.__all__ if name.startswith("IN_")}

    assert numbers == {
        "IN_ACCESS": 1,
        "IN_MODIFY": 2,
        "IN_ATTRIB": 4,
        "IN_CLOSE_WRITE": 8,
        "IN_CLOSE_NOWRITE": 16,
        "IN_OPEN": 32,
        "IN_MOVED_FROM": 64,
        "IN_MOVED_TO": 128,
        "IN_CREATE": 256,
        "IN_DELETE": 512,
        "IN_DELETE_SELF": 1024,
        "IN_MOVE_SELF": 2048,
        "IN_UNMOUNT": 8192,
        "IN_Q_OVERFLOW": 16384,
        "IN_IGNORED": 32768,
        "IN_ONLYDIR": 1 << 24,
        "IN_DONT_FOLLOW": 1 << 25,
        "IN_MASK_ADD": 1 << 29,
        "IN_ISDIR": 1 << 30,
        "IN_ONESHOT": 1 << 31,
        "IN_CLOSE": 8 | 16,
        "IN_MOVED": 64 | 128,
        "IN_CHANGED": 2 | 4,
        "IN_WATCH_MASK": 2 | 4 | 256 | 512 | 1024 | 2048 | 8192 | 64 | 128,
    }


@pytest.mark.parametrize(
    ("mask", "names"),
    [
        (0, []),
        (1, ["access"]),
        (256 | 1 << 30, ["create", "is_dir"]),
        (16384, ["queue_overflow"]),
        (1 << 31, ["one_shot"]),
        ((1 << 32) - 1, list(inotify._NAMES.values())),
    ],
)
def test_masks_can_be_read(mask: int, names: list[str]) -> None:
    assert inotify.humanReadableMask(mask) == names


class Watched:
    """A folder, who watches, and what was told."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.notifier = inotify.INotify(reactor=MemoryReactorClock())
        self.told: list[tuple[str, list[str]]] = []

    def tell(self, notifier: Any, path: FilePath[bytes], mask: int) -> None:
        assert notifier is self.notifier and isinstance(path.path, bytes)
        name = os.path.relpath(os.fsdecode(path.path), self.place)
        self.told.append((name, inotify.humanReadableMask(mask)))

    def watch(self, name: str = ".", **how: Any) -> int:
        how.setdefault("callbacks", [self.tell])
        path = FilePath(str(self.place)) if name == "." else FilePath(str(self.place)).child(name)
        return self.notifier.watch(path, **how)

    def heard(self) -> list[tuple[str, list[str]]]:
        """What was told since the last time."""
        self.notifier.doRead()
        told, self.told = self.told, []
        return told


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.notifier.connectionLost(Failure(CONNECTION_DONE))


@pytest.fixture
def events() -> Iterator[EventLoggingObserver]:
    observer = EventLoggingObserver()
    globalLogPublisher.addObserver(observer)
    yield observer
    globalLogPublisher.removeObserver(observer)


def test_what_happens_in_a_folder_is_told_with_its_path(watched: Watched) -> None:
    watched.watch()
    file = watched.place / "file"
    file.write_text("x")
    assert watched.heard() == [("file", ["create"]), ("file", ["modify"])]
    file.rename(watched.place / "other")
    assert watched.heard() == [("file", ["moved_from"]), ("other", ["moved_to"])]
    (watched.place / "other").chmod(0o600)
    (watched.place / "other").unlink()

    assert watched.heard() == [("other", ["attrib"]), ("other", ["delete"])]
    assert watched.heard() == []


def test_only_what_the_mask_names_is_told(watched: Watched) -> None:
    watched.watch(mask=inotify.IN_DELETE)
    (watched.place / "file").write_text("x")
    (watched.place / "file").unlink()

    assert watched.heard() == [("file", ["delete"])]


def test_a_file_can_be_watched_and_is_forgotten_with_its_end(watched: Watched) -> None:
    file = watched.place / "file"
    file.write_text("x")
    watched.watch("file")
    file.write_text("xy")
    assert ("file", ["modify"]) in watched.heard()
    file.unlink()

    assert [names for _, names in watched.heard()][-1] == ["delete_self"]
    assert watched.notifier._watches == {} == watched.notifier._numbers
    with pytest.raises(KeyError, match="is not watched"):
        watched.notifier.ignore(FilePath(str(file)))


def test_folders_below_are_watched_if_that_is_wanted(watched: Watched) -> None:
    (watched.place / "a" / "b").mkdir(parents=True)
    (watched.place / "away").mkdir()
    (watched.place / "a" / "link").symlink_to(watched.place / "away", target_is_directory=True)
    (watched.place / "a" / "f").write_text("x")
    watched.watch("a", recursive=True)

    (watched.place / "a" / "b" / "new").write_text("")
    (watched.place / "away" / "new").write_text("")
    assert [name for name, _ in watched.heard()] == ["a/b/new"]
    assert len(watched.notifier._watches) == 2


def test_folders_below_are_left_alone_otherwise(watched: Watched) -> None:
    (watched.place / "a").mkdir()
    watched.watch()
    (watched.place / "a" / "new").write_text("")

    assert watched.heard() == []


def test_folders_that_appear_are_watched_if_that_is_wanted(watched: Watched) -> None:
    watched.watch(autoAdd=True, mask=inotify.IN_CREATE)
    (watched.place / "a" / "b").mkdir(parents=True)
    (watched.place / "a" / "early").write_text("")
    heard = watched.heard()
    # What was made before the folder was watched is told, once it is.
    assert heard[0] == ("a", ["create", "is_dir"])
    assert sorted(heard[1:]) == [("a/b", ["create", "is_dir"]), ("a/early", ["create"])]
    (watched.place / "a" / "b" / "late").write_text("")

    assert watched.heard() == [("a/b/late", ["create"])]


def test_a_folder_that_is_moved_in_is_watched_as_well(watched: Watched, tmp_path_factory: Any) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a").mkdir()
    watched.watch(autoAdd=True)
    (elsewhere / "a").rename(watched.place / "a")
    assert watched.heard() == [("a", ["moved_to", "is_dir"])]
    (watched.place / "a" / "new").write_text("")

    assert watched.heard()[0] == ("a/new", ["create"])


def test_a_folder_that_appears_and_goes_is_no_trouble(watched: Watched) -> None:
    watched.watch(autoAdd=True, mask=inotify.IN_CREATE)
    (watched.place / "a").mkdir()
    (watched.place / "a").rmdir()

    assert watched.heard() == [("a", ["create", "is_dir"])] and len(watched.notifier._watches) == 1


def test_without_that_folders_that_appear_are_not_watched(watched: Watched) -> None:
    watched.watch()
    (watched.place / "a").mkdir()
    watched.heard()
    (watched.place / "a" / "new").write_text("")

    assert watched.heard() == []


def test_on_what_is_watched_already_masks_and_callbacks_are_added(watched: Watched) -> None:
    also: list[int] = []

    def other(notifier: Any, path: Any, mask: int) -> None:
        also.append(mask)

    first = watched.watch(mask=inotify.IN_CREATE)
    assert watched.watch(mask=inotify.IN_DELETE, callbacks=[other, watched.tell], autoAdd=True) == first
    (watched.place / "a").mkdir()
    (watched.place / "a").rmdir()

    assert watched.heard() == [("a", ["create", "is_dir"]), ("a", ["delete", "is_dir"])]
    assert also == [inotify.IN_CREATE | inotify.IN_ISDIR, inotify.IN_DELETE | inotify.IN_ISDIR]
    (watched.place / "b").mkdir()
    watched.heard()
    assert len(watched.notifier._watches) == 2


def test_one_file_by_two_names_is_watched_once(watched: Watched) -> None:
    (watched.place / "file").write_text("")
    os.link(watched.place / "file", watched.place / "same")
    also: list[int] = []
    first = watched.watch("file", mask=inotify.IN_MODIFY)

    assert watched.watch("same", mask=inotify.IN_MODIFY, callbacks=[lambda *words: also.append(words[2])]) == first
    (watched.place / "same").write_text("x")
    assert watched.heard() == [("file", ["modify"])] and also == [inotify.IN_MODIFY]


def test_what_is_ignored_is_told_no_more(watched: Watched) -> None:
    watched.watch()
    path = FilePath(str(watched.place))
    watched.notifier.ignore(path)
    (watched.place / "file").write_text("x")

    assert watched.heard() == []
    with pytest.raises(KeyError, match="is not watched"):
        watched.notifier.ignore(path)
    watched.watch()
    (watched.place / "file").unlink()
    assert watched.heard() == [("file", ["delete"])]


def test_a_callback_that_raises_disturbs_nobody(watched: Watched, events: EventLoggingObserver) -> None:
    def broken(*words: Any) -> None:
        raise ZeroDivisionError

    watched.watch(callbacks=[broken, watched.tell], mask=inotify.IN_CREATE)
    (watched.place / "file").write_text("x")

    assert watched.heard() == [("file", ["create"])]
    assert [event["log_failure"].type for event in events] == [ZeroDivisionError]


def test_a_callback_may_end_it_all(watched: Watched) -> None:
    def end(*words: Any) -> None:
        watched.told.append(("end", []))
        watched.notifier.connectionLost(Failure(CONNECTION_DONE))

    watched.watch(callbacks=[end])
    for name in "ab":
        (watched.place / name).write_text("")

    assert watched.heard() == [("end", [])] and watched.notifier.fileno() == -1


def test_what_the_kernel_refuses_is_an_error_with_its_reason(watched: Watched) -> None:
    with pytest.raises(inotify.INotifyError, match=r"Failed to add watch on .*nowhere.* - No such file or directory"):
        watched.watch("nowhere")

    assert watched.notifier._watches == {}


def test_the_end_closes_the_descriptor_once(watched: Watched) -> None:
    descriptor = watched.notifier.fileno()
    assert descriptor >= 0 and os.get_inheritable(descriptor) is False and os.get_blocking(descriptor) is False
    watched.watch()
    for _ in range(2):
        watched.notifier.connectionLost(Failure(CONNECTION_DONE))

    assert watched.notifier.fileno() == -1 and not watched.notifier.connected
    assert watched.notifier._watches == {} == watched.notifier._numbers
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(descriptor)


def test_events_that_were_lost_are_told_in_the_log(watched: Watched, events: EventLoggingObserver) -> None:
    watched.watch()
    watched.notifier._received(struct.pack("@iIII", -1, inotify.IN_Q_OVERFLOW, 0, 0))

    (event,) = events
    assert event["log_level"].name == "warn" and "are lost" in event["log_format"] and watched.told == []


@pytest.mark.parametrize("step", [1, 3, 16, 17, 40])
def test_events_may_come_in_pieces(watched: Watched, step: int) -> None:
    number = watched.watch()
    data = b"".join(
        struct.pack("@iIII", number, inotify.IN_CREATE, 0, len(name)) + name for name in (b"a\0\0\0", b"", b"bcdefgh\0")
    )
    for at in range(0, len(data), step):
        watched.notifier._received(data[at : at + step])

    assert watched.told == [("a", ["create"]), (".", ["create"]), ("bcdefgh", ["create"])]
