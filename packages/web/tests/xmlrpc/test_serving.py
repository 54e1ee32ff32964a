"""Procedures for others to call."""

from __future__ import annotations

import datetime
import xmlrpc.client
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.defer import CancelledError, Deferred
from twisted.web import xmlrpc as door
from twisted.web.resource import IResource
from twisted.web.xmlrpc import XMLRPC, Fault, Handler, NoSuchFunction, addIntrospection, withRequest


class Later(Handler):
    """Answers when told to."""

    made: list[Later]

    def run(self, *args: Any) -> None:
        self.args = args
        Later.made.append(self)


class Procedures(XMLRPC):
    """Some of every kind."""

    xmlrpc_number = 7
    xmlrpc_nothing = None

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.waiting: Deferred[Any] = Deferred()
        self.seen: list[Any] = []

    def xmlrpc_add(self, a: int, b: int) -> int:
        """Add."""
        return a + b

    xmlrpc_add.signature = [["int", "int", "int"]]  # type: ignore[attr-defined]

    def xmlrpc_echo(self, *args: Any) -> Any:
        self.seen.append(args)
        return list(args)

    xmlrpc_echo.help = "Give it back."  # type: ignore[attr-defined]

    def xmlrpc_none(self) -> None:
        return None

    def xmlrpc_wait(self) -> Deferred[Any]:
        return self.waiting

    async def xmlrpc_soon(self, x: int) -> int:
        waited: int = await self.waiting
        return waited + x

    def xmlrpc_refuse(self) -> Any:
        raise Fault(17, "no")

    def xmlrpc_give_fault(self) -> Any:
        return Fault(18, "given")

    def xmlrpc_fail(self) -> Any:
        raise ValueError("secret")

    def xmlrpc_unspeakable(self) -> Any:
        return object()

    def xmlrpc_later(self, *args: Any) -> Later:
        return Later(self, *args)

    @withRequest
    def xmlrpc_who(self, request: Any, x: int) -> list[Any]:
        return [request.method.decode(), x]


@pytest.fixture
def procedures() -> Procedures:
    Later.made = []
    return Procedures()


def fault_of(call: Any) -> tuple[int, str]:
    """The code and the text of the fault that a call answers with."""
    with pytest.raises(Fault) as caught:
        call()
    return caught.value.faultCode, caught.value.faultString


# Answers


def test_the_whole_of_an_answer(caller: Any, procedures: Procedures) -> None:
    client = caller(procedures)

    client.post(xmlrpc.client.dumps((1, 2), "add").encode())
    head, body = client.head_and_body()

    assert body == xmlrpc.client.dumps((3,), methodresponse=True).encode()
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK"
    assert b"Content-Type: text/xml; charset=utf-8" in lines and b"Content-Length: %d" % len(body) in lines


@pytest.mark.parametrize(
    "value",
    [0, -5, True, 1.5, "text", "\u00e9\u4e2d", "<&>", [1, ["a"]], {"a": {"b": 1}}, xmlrpc.client.Binary(b"\0\xff")],
)
def test_values_come_and_go_as_they_are(caller: Any, procedures: Procedures, value: Any) -> None:
    assert caller(procedures).call("echo", value, "and") == [value, "and"]


def test_a_length_counts_bytes_not_characters(caller: Any, procedures: Procedures) -> None:
    client = caller(procedures)

    client.post(xmlrpc.client.dumps(("\u4e2d" * 10,), "echo").encode())
    head, body = client.head_and_body()

    assert b"Content-Length: %d" % len(body) in head and "\u4e2d".encode() * 10 in body


def test_calls_follow_one_another_on_a_connection(caller: Any, procedures: Procedures) -> None:
    client = caller(procedures)

    assert [client.call("add", 1, number) for number in range(3)] == [1, 2, 3]
    assert not client.wire.disconnecting


def test_a_deferred_is_answered_when_it_fires(caller: Any, procedures: Procedures) -> None:
    client = caller(procedures)
    client.post(xmlrpc.client.dumps((), "wait").encode())
    assert client.wire.value() == b""

    procedures.waiting.callback("at last")

    assert client.answer() == "at last"


def test_a_coroutine_is_answered_when_it_returns(caller: Any, procedures: Procedures) -> None:
    client = caller(procedures)
    client.post(xmlrpc.client.dumps((2,), "soon").encode())
    assert client.wire.value() == b""

    procedures.waiting.callback(40)

    assert client.answer() == 42


def test_a_handler_is_answered_when_its_result_fires(caller: Any, procedures: Procedures) -> None:
    client = caller(procedures)
    client.post(xmlrpc.client.dumps((1, "b"), "later").encode())
    (made,) = Later.made
    assert client.wire.value() == b"" and made.args == (1, "b") and made.resource is procedures

    made.result.callback("done")

    assert client.answer() == "done"


def test_a_handler_that_does_nothing_fails_and_says_what_to_write(caller: Any, logged: Any) -> None:
    class Lazy(Handler):
        """Has no `run`."""

    class Home(XMLRPC):
        """Its only procedure is lazy."""

        def xmlrpc_work(self) -> Lazy:
            return Lazy(self)

    assert fault_of(lambda: caller(Home()).call("work")) == (8002, "error")
    failure = logged.pop()["log_failure"]
    assert repr(failure.value) == "NotImplementedError('Implement run() in Lazy')"


def test_a_procedure_may_ask_for_the_request(caller: Any, procedures: Procedures) -> None:
    assert caller(procedures).call("who", 5) == ["POST", 5]


def test_asking_for_the_request_leaves_a_function_as_it_is() -> None:
    def function() -> None:
        """Nothing."""

    assert withRequest(function) is function and function.withRequest is True  # type: ignore[attr-defined]


# Faults


def test_a_fault_that_is_raised_is_the_answer_and_is_not_logged(caller: Any, procedures: Procedures) -> None:
    assert fault_of(lambda: caller(procedures).call("refuse")) == (17, "no")


def test_a_fault_that_is_returned_is_the_answer(caller: Any, procedures: Procedures) -> None:
    assert fault_of(lambda: caller(procedures).call("give_fault")) == (18, "given")


def test_a_failure_is_logged_and_the_client_told_nothing(caller: Any, procedures: Procedures, logged: Any) -> None:
    client = caller(procedures)

    assert fault_of(lambda: client.call("fail")) == (8002, "error")
    event = logged.pop()
    assert event["log_namespace"] == "twisted.web.xmlrpc" and repr(event["log_failure"].value) == "ValueError('secret')"
    assert client.call("add", 1, 1) == 2


def test_too_few_arguments_are_a_failure(caller: Any, procedures: Procedures, logged: Any) -> None:
    assert fault_of(lambda: caller(procedures).call("add", 1)) == (8002, "error")
    assert isinstance(logged.pop()["log_failure"].value, TypeError)


def test_a_subclass_may_have_codes_of_its_own(caller: Any, procedures: Procedures, logged: Any) -> None:
    procedures.FAILURE, procedures.NOT_FOUND = 1, 2

    assert fault_of(lambda: caller(procedures).call("fail"))[0] == 1
    assert fault_of(lambda: caller(procedures).call("absent"))[0] == 2
    assert fault_of(lambda: caller(procedures).call("unspeakable"))[0] == 1
    logged.clear()


def test_what_cannot_be_said_is_a_fault_with_a_reason(caller: Any, procedures: Procedures) -> None:
    code, text = fault_of(lambda: caller(procedures).call("unspeakable"))

    assert code == 8002 and text.startswith("Can't serialize output: ") and "object" in text


def test_none_can_be_said_where_it_is_allowed_alone(caller: Any) -> None:
    code, text = fault_of(lambda: caller(Procedures()).call("none"))

    assert code == 8002 and text.startswith("Can't serialize output: cannot marshal None")
    assert caller(Procedures(allowNone=True)).call("none") is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<methodCall>",
        b"<?xml version='1.0'?><methodCall></methodCall",
        b"<methodCall><methodName>add</methodName><params><param><value><int>x</int></value></param></params></methodCall>",
        b"<methodCall><methodName>add</methodName><params><param><value><what>1</what></value></param></params></methodCall>",
        xmlrpc.client.dumps(Fault(1, "a fault is no call")).encode(),
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_call_is_a_fault(caller: Any, procedures: Procedures, body: bytes) -> None:
    client = caller(procedures)

    client.post(body)

    code, text = fault_of(client.answer)
    assert code == 8002 and text.startswith("Can't deserialize input: ")
    assert client.call("add", 1, 1) == 2


def test_times_come_as_they_were_asked_for(caller: Any) -> None:
    moment = datetime.datetime(2026, 11, 23, 1, 2, 3)
    for asked, expected in ((True, moment), (False, xmlrpc.client.DateTime("20261123T01:02:03"))):
        procedures = Procedures(useDateTime=asked)

        caller(procedures).call("echo", moment)

        (((seen,)),) = procedures.seen
        assert type(seen) is type(expected) and seen == expected


# Names


def test_what_is_not_there_is_a_fault(caller: Any, procedures: Procedures) -> None:
    assert fault_of(lambda: caller(procedures).call("absent")) == (8001, "procedure absent not found")
    assert fault_of(lambda: caller(procedures).call("nothing")) == (8001, "procedure nothing not found")
    assert fault_of(lambda: caller(procedures).call("render_POST")) == (8001, "procedure render_POST not found")


def test_what_cannot_be_called_is_a_fault(caller: Any, procedures: Procedures) -> None:
    assert fault_of(lambda: caller(procedures).call("number")) == (8001, "procedure number not callable")


def test_a_call_without_a_name_is_a_fault(caller: Any, procedures: Procedures) -> None:
    client = caller(procedures)

    client.post(xmlrpc.client.dumps((), methodresponse=False).encode())

    assert fault_of(client.answer) == (8001, "procedure  not found")


def test_a_name_that_is_not_there_is_an_error_of_its_own(procedures: Procedures) -> None:
    with pytest.raises(NoSuchFunction) as caught:
        procedures.lookupProcedure("absent")

    assert isinstance(caught.value, Fault) and caught.value.faultCode == door.NOT_FOUND == 8001
    assert procedures.lookupProcedure("add")(1, 2) == 3 and door.FAILURE == 8002


def test_sub_handlers_are_called_by_their_prefix(caller: Any, procedures: Procedures) -> None:
    below, deeper = Procedures(), Procedures()
    procedures.putSubHandler("below", below)
    below.putSubHandler("deeper", deeper)

    assert caller(procedures).call("below.echo", 1) == [1] and below.seen == [(1,)] and procedures.seen == []
    assert caller(procedures).call("below.deeper.echo", 2) == [2] and deeper.seen == [(2,)]
    assert fault_of(lambda: caller(procedures).call("under.echo")) == (8001, "no such subHandler under")
    assert fault_of(lambda: caller(procedures).call("below.under.echo")) == (8001, "no such subHandler under")
    assert fault_of(lambda: caller(procedures).call("below.absent")) == (8001, "procedure absent not found")


def test_the_separator_may_be_another(caller: Any, procedures: Procedures) -> None:
    procedures.separator = "/"
    procedures.putSubHandler("a.b", Procedures())

    assert caller(procedures).call("a.b/add", 1, 2) == 3
    assert fault_of(lambda: caller(procedures).call("a.b")) == (8001, "procedure a.b not found")


def test_sub_handlers_are_told_of(procedures: Procedures) -> None:
    below = Procedures()

    assert procedures.getSubHandlerPrefixes() == [] and procedures.getSubHandler("a") is None

    procedures.putSubHandler("a", below)
    assert procedures.getSubHandlerPrefixes() == ["a"] and procedures.getSubHandler("a") is below
    assert procedures.subHandlers == {"a": below}


def test_procedures_are_listed(procedures: Procedures) -> None:
    names = ["add", "echo", "fail", "give_fault", "later", "none", "refuse", "soon", "unspeakable", "wait", "who"]

    assert sorted(procedures.listProcedures()) == names and type(procedures.listProcedures()) is list


# Introspection


@pytest.fixture
def told(procedures: Procedures) -> Procedures:
    addIntrospection(procedures)
    return procedures


class Greeter(XMLRPC):
    """One procedure, whose docstring is missing."""

    def xmlrpc_hello(self) -> str:
        return "hello"


def test_all_methods_are_listed_level_by_level(caller: Any) -> None:
    top, below, deeper = Greeter(), Greeter(), Greeter()
    addIntrospection(top)
    top.putSubHandler("below", below)
    below.putSubHandler("deeper", deeper)

    assert caller(top).call("system.listMethods") == [
        "hello",
        "system.listMethods",
        "system.methodHelp",
        "system.methodSignature",
        "below.hello",
        "below.deeper.hello",
    ]


def test_help_is_the_attribute_or_else_the_docstring(caller: Any, told: Procedures) -> None:
    client = caller(told)

    assert client.call("system.methodHelp", "echo") == "Give it back."
    assert client.call("system.methodHelp", "add") == "Add."
    assert client.call("system.methodHelp", "fail") == ""
    assert client.call("system.methodHelp", "system.listMethods").startswith("Return a list of the method names")


def test_signatures_are_told_where_there_are_any(caller: Any, told: Procedures) -> None:
    client = caller(told)

    assert client.call("system.methodSignature", "add") == [["int", "int", "int"]]
    assert client.call("system.methodSignature", "echo") == ""
    assert client.call("system.methodSignature", "system.listMethods") == [["array"]]
    assert client.call("system.methodSignature", "system.methodHelp") == [["string", "string"]]
    assert client.call("system.methodSignature", "system.methodSignature") == [
        ["array", "string"],
        ["string", "string"],
    ]


@pytest.mark.parametrize("question", ["system.methodHelp", "system.methodSignature"])
def test_there_is_nothing_to_tell_of_what_is_not_there(caller: Any, told: Procedures, question: str) -> None:
    assert fault_of(lambda: caller(told).call(question, "absent")) == (8001, "procedure absent not found")


# The client goes


def test_what_a_client_waits_for_is_cancelled_when_it_goes(caller: Any, procedures: Procedures) -> None:
    ended: list[Any] = []
    procedures.waiting.addErrback(ended.append)
    client = caller(procedures)
    client.post(xmlrpc.client.dumps((), "wait").encode())

    client.hang_up()

    assert [failure.type for failure in ended] == [CancelledError]
    assert client.wire.value() == b""


def test_a_cancelled_call_that_fails_is_not_logged(caller: Any, procedures: Procedures, logged: Any) -> None:
    client = caller(procedures)
    client.post(xmlrpc.client.dumps((), "wait").encode())

    client.hang_up()

    assert logged == [] and client.wire.value() == b""


def test_a_client_that_goes_after_its_answer_cancels_nothing(caller: Any, procedures: Procedures) -> None:
    client = caller(procedures)
    assert client.call("add", 1, 2) == 3

    client.hang_up()

    assert not procedures.waiting.called


# The resource


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_calls_are_posted(caller: Any, procedures: Procedures, method: bytes) -> None:
    client = caller(procedures)

    client.protocol.dataReceived(method + b" / HTTP/1.1\r\nHost: a.example\r\n\r\n")

    head, _ = client.head_and_body()
    assert head.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n") and b"\r\nAllow: POST\r\n" in head


def test_a_resource_of_procedures_is_a_leaf(procedures: Procedures) -> None:
    assert verifyObject(IResource, procedures) and procedures.isLeaf and procedures.children == {}
    assert procedures.allowNone is False and procedures.useDateTime is False
    assert door.Boolean is bool and door.Fault is xmlrpc.client.Fault
    assert door.Binary is xmlrpc.client.Binary and door.DateTime is xmlrpc.client.DateTime
