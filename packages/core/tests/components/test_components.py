"""Asking an object for an interface that it does not provide itself."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import Attribute, Interface, implementer
from zope.interface.adapter import AdapterRegistry

from twisted.python import components
from twisted.python.components import (
    Adapter,
    Componentized,
    ReprableComponentized,
    getAdapterFactory,
    getRegistry,
    proxyForInterface,
    registerAdapter,
)


class IShape(Interface):
    """A shape."""

    sides = Attribute("How many sides it has.")

    def scale(factor: int) -> int:
        """Grow."""


class ISolid(IShape):
    """A solid."""

    def weigh() -> int:
        """Weigh it."""


class IOther(Interface):
    """Something else."""


def adapted(iface: Any, *args: Any) -> Any:
    """Ask for an interface, and expect nothing of the answer's type."""
    return iface(*args)


@implementer(IShape)
class Shape:
    sides = 3

    def scale(self, factor: int) -> int:
        return self.sides * factor


def test_a_registered_adapter_is_found_for_a_class_and_its_instances() -> None:
    class Source:
        pass

    registerAdapter(Adapter, Source, IShape)
    source = Source()
    adapted: Any = IShape(source)

    assert type(adapted) is Adapter
    assert adapted.original is source
    assert getAdapterFactory(Source, IShape, None) is Adapter
    assert getAdapterFactory(Source, IOther, "default") == "default"
    assert IOther(source, None) is None
    with pytest.raises(components.CannotAdapt):
        IOther(source)


def test_one_adapter_may_serve_several_interfaces_and_begin_at_one() -> None:
    class IFrom(Interface):
        """Where it begins."""

    @implementer(IFrom)
    class Source:
        pass

    registerAdapter(Adapter, IFrom, IShape, IOther)

    assert isinstance(adapted(IShape, Source()), Adapter)
    assert isinstance(adapted(IOther, Source()), Adapter)
    assert getAdapterFactory(IFrom, IOther, None) is Adapter


def test_a_factory_may_say_that_it_cannot() -> None:
    class Source:
        pass

    registerAdapter(lambda original: None, Source, IShape)

    assert adapted(IShape, Source(), "default") == "default"


def test_registering_twice_is_refused_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Source:
        pass

    registerAdapter(Adapter, Source, IShape)
    with pytest.raises(ValueError, match=r"an adapter .*Adapter.* was already registered"):
        registerAdapter(lambda original: 2, Source, IOther, IShape)
    assert getAdapterFactory(Source, IOther, None) is None
    with pytest.raises(AssertionError, match="You need to pass an Interface"):
        registerAdapter(Adapter, Source)

    monkeypatch.setattr(components, "ALLOW_DUPLICATES", 1)
    registerAdapter(lambda original: 2, Source, IShape)
    assert adapted(IShape, Source()) == 2


def test_there_is_one_registry_and_others_can_take_part() -> None:
    assert getRegistry() is components.globalRegistry
    other = AdapterRegistry()
    other.register([None], IOther, "", lambda original: "adapted")
    hook = components._addHook(other)
    try:
        assert adapted(IOther, 3) == "adapted"
    finally:
        components._removeHook(hook)

    assert IOther(3, None) is None


def test_an_adapter_asks_its_original_for_other_faces() -> None:
    class Many(Componentized):
        pass

    many = Many()
    many.setComponent(IOther, "face")

    assert adapted(IOther, Adapter(many)) == "face"
    assert IOther(Adapter(3), None) is None


def test_an_adapter_hands_isuper_on() -> None:
    class Original:
        def isuper(self, iface: Any, adapter: Any) -> Any:
            return iface, adapter

    assert Adapter(Original()).isuper("iface", "adapter") == ("iface", "adapter")


class Face(Adapter):
    pass


@pytest.fixture
def many() -> Componentized:
    class Many(Componentized):
        pass

    registerAdapter(Face, Many, IShape)
    return Many()


def test_a_componentized_object_keeps_what_it_was_adapted_to(many: Componentized) -> None:
    face = many.getComponent(IShape)

    assert type(face) is Face
    assert face.original is many
    assert many.getComponent(IShape) is face
    assert IShape(many) is face


def test_a_face_can_be_set_and_taken_away(many: Componentized) -> None:
    assert many.getComponent(IOther) is None
    assert many.getComponent(IOther, "default") == "default"

    many.setComponent(IOther, "set")
    assert many.getComponent(IOther, "default") == "set"
    many.unsetComponent(IOther)
    assert many.getComponent(IOther, "default") == "default"
    with pytest.raises(KeyError):
        many.unsetComponent(IOther)
    many.setAdapter(IOther, Face)
    assert many.getComponent(IOther).original is many


def test_a_component_is_added_for_what_it_provides(many: Componentized) -> None:
    shape = Shape()

    many.addComponent(shape)
    assert many.getComponent(IShape) is not shape
    many.addComponent(shape, ignoreClass=True)
    assert many.getComponent(IShape) is shape
    assert many.removeComponent(shape) == [IShape]
    assert many.getComponent(IShape) is not shape
    assert many.removeComponent(shape) == []


def test_an_added_adapter_serves_each_interface_it_is_registered_for() -> None:
    @implementer(IShape, IOther)
    class Both(Adapter):  # type: ignore[misc]  # it provides nothing really
        pass

    class Many(Componentized):
        pass

    registerAdapter(Both, Many, IShape, IOther)
    many = Many()
    both = many.getComponent(IShape)
    assert many.getComponent(IOther) is both

    other = Many()
    other.addAdapter(Both)
    assert other.getComponent(IShape) is other.getComponent(IOther)
    assert other.locateAdapterClass(Many, IShape, None) is Both


def test_temporary_adapters_are_made_each_time() -> None:
    class Passing(Adapter):
        temporaryAdapter = 1

    class Many(Componentized):
        pass

    registerAdapter(Passing, Many, IShape)
    many = Many()

    assert many.getComponent(IShape) is not many.getComponent(IShape)


def test_an_adapter_for_one_interface_is_kept_for_that_one() -> None:
    @implementer(IShape, IOther)
    class Single(Adapter):  # type: ignore[misc]  # it provides nothing really
        multiComponent = 0

    class Many(Componentized):
        pass

    registerAdapter(Single, Many, IShape, IOther)
    many = Many()

    assert many.getComponent(IShape) is not many.getComponent(IOther)


def test_a_factory_that_cannot_gives_the_default() -> None:
    class Many(Componentized):
        pass

    registerAdapter(lambda original: None, Many, IShape)

    assert Many().getComponent(IShape, "default") == "default"


def test_faces_can_be_shown() -> None:
    shown = ReprableComponentized()
    shown.setComponent(IShape, 3)

    assert repr(shown).strip() == repr({f"{__name__}.IShape": 3})


def test_a_proxy_hands_everything_on() -> None:
    proxy: Any = proxyForInterface(IShape)
    shape = Shape()
    through = proxy(shape)

    assert through.original is shape
    assert (through.sides, through.scale(2)) == (3, 6)
    through.sides = 5
    assert shape.sides == 5
    del through.sides
    assert shape.sides == 3
    with pytest.raises(AttributeError):
        through.other  # noqa: B018
    assert proxy.__name__ == f"(Proxy for {__name__}.IShape)"
    assert IShape.providedBy(through)


def test_a_proxy_can_be_subclassed_and_keep_its_object_elsewhere() -> None:
    class Doubling(proxyForInterface(ISolid, "inner")):  # type: ignore[misc]
        def scale(self, factor: int) -> int:
            return 2 * int(super().scale(factor))

    shape = Shape()
    doubling = Doubling(shape)

    assert doubling.inner is shape
    assert doubling.scale(2) == 12
    assert Doubling.weigh.methodName == "weigh"
    with pytest.raises(AttributeError):
        doubling.weigh()
