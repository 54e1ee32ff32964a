"""
``twistd`` where there are users, terminals and daemons.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from twisted.application import app, service
from twisted.application.runner._pidfile import AlreadyRunning, NotAPidFile, PidFile
from twisted.internet.error import CannotListenError
from twisted.logger import Logger, textFileLogObserver
from twisted.python import logfile, usage
from twisted.python.util import gidFromString, switchUID, uidFromString
from twisted.scripts._daemon import StatusPipe, daemonize

# What a daemon's files may be read and written by: their owner alone.
_DAEMONS_UMASK = 0o077


def _umask(value: str) -> int:
    return int(value, 8)


def _known(what: str, number_of: Any) -> Any:
    """Have a name that nobody has refused with a sentence."""

    def number(text: str) -> int:
        try:
            found: int = number_of(text)
        except KeyError:
            raise ValueError(f"there is no {what} {text!r} here") from None
        return found

    return number


class ServerOptions(app.ServerOptions):
    """Which application ``twistd`` is to run, and how."""

    synopsis = "Usage: twistd [options]"

    optFlags = [
        ["nodaemon", "n", "don't daemonize, don't use default umask of 0077"],
        ["originalname", None, "Don't try to change the process name"],
        ["syslog", None, "Log to syslog, not to file"],
        [
            "euid",
            "",
            "Set only effective user-id rather than real user-id. (This option has no effect unless the server is "
            "running as root, in which case it means not to shed all privileges after binding ports, retaining the "
            "option to regain privileges in cases such as spawning processes. Use with caution.)",
        ],
    ]
    optParameters = [
        ["prefix", None, "twisted", "use the given prefix when syslogging"],
        ["pidfile", "", "twistd.pid", "Name of the pidfile"],
        ["chroot", None, None, "Chroot to a supplied directory before running"],
        ["uid", "u", None, "The uid to run as.", _known("user", uidFromString)],
        [
            "gid",
            "g",
            None,
            "The gid to run as.  If not specified, the default gid associated with the specified --uid is used.",
            _known("group", gidFromString),
        ],
        ["umask", None, None, "The (octal) file creation mask to apply.", _umask],
    ]
    compData = usage.Completions(
        optActions={
            "pidfile": usage.CompleteFiles("*.pid"),
            "chroot": usage.CompleteDirs(descr="chroot directory"),
            "gid": usage.CompleteGroups(descr="gid to run as"),
            "uid": usage.CompleteUsernames(descr="uid to run as"),
            "prefix": usage.Completer(descr="syslog prefix"),
        }
    )

    def opt_version(self) -> None:
        """
        Print version information and exit.
        """
        from twisted.copyright import copyright, version

        print(f"twistd (the Twisted daemon) {version}\n{copyright}", file=self.stdout)
        raise SystemExit(0)

    def postOptions(self) -> None:
        """Make sure that the pidfile is the same one after the working directory has changed."""
        super().postOptions()
        if self["pidfile"]:
            self["pidfile"] = os.path.abspath(self["pidfile"])


class UnixAppLogger(app.AppLogger):
    """The log of an application: also by syslog, and in a file that SIGUSR1 rotates."""

    _log = Logger()

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._syslog = bool(options.get("syslog", False))
        self._syslogPrefix: str = options.get("prefix", "") or ""
        self._nodaemon = bool(options.get("nodaemon", False))

    def _getLogObserver(self) -> Any:
        if self._syslog:
            from twisted.python import syslog

            return syslog.SyslogObserver(self._syslogPrefix).emit
        if self._logfilename == "-" or (self._nodaemon and not self._logfilename):
            if not self._nodaemon:
                raise SystemExit("Daemons cannot log to stdout, exiting!")
            return textFileLogObserver(sys.stdout)
        file = logfile.LogFile.fromFullPath(self._logfilename or "twistd.log")
        if signal.getsignal(signal.SIGUSR1) in (signal.SIG_DFL, None):

            def rotate(number: int, frame: object) -> None:
                from twisted.internet import reactor

                running: Any = reactor
                running.callFromThread(file.rotate)

            signal.signal(signal.SIGUSR1, rotate)
        return textFileLogObserver(file)


class UnixApplicationRunner(app.ApplicationRunner):
    """Runs an application, as a daemon unless that is not wanted."""

    loggerFactory = UnixAppLogger
    _status: StatusPipe | None = None
    _pid_file: PidFile | None = None

    def preApplication(self) -> None:
        """Make sure that it does not run yet."""
        config = self.config
        config["nodaemon"] = config["nodaemon"] or config["debug"]
        checkPID(config["pidfile"])

    def postApplication(self) -> None:
        """Start the application, run the reactor, and remove the pidfile."""
        try:
            self.startApplication(self.application)
        except (CannotListenError, OSError) as problem:
            # What a user can mend needs a sentence, no traceback.
            self._not_started(f"not started: {problem}")
        except BaseException as problem:
            self.logger._log.failure("the application cannot be started")
            if self._status is None:
                self.removePID()
                raise
            self._not_started(f"{type(problem).__name__}: {problem}")
        if self._status is not None:
            self._status.started()
        self.startReactor(None, self._oldstdout, self._oldstderr)
        self.removePID()

    def _not_started(self, why: str) -> None:
        self.logger._log.critical("{why}", why=why)
        self.removePID()
        if self._status is not None:
            self._status.failed(why)
        else:
            self._oldstderr.write(f"twistd: {why}\n")
        raise SystemExit(1)

    def startApplication(self, application: Any) -> None:
        """Take its place in the system, do what needs privileges, give them up, and start the services."""
        config = self.config
        process = service.IProcess(application)
        self.setupEnvironment(
            config["chroot"], config["rundir"], config["nodaemon"], config["umask"], config["pidfile"]
        )
        service.IService(application).privilegedStartService()
        uid = config["uid"] if config["uid"] is not None else process.uid
        gid = config["gid"] if config["gid"] is not None else process.gid
        if uid is not None and gid is None:
            import pwd

            gid = pwd.getpwuid(uid).pw_gid
        self.shedPrivileges(config["euid"], uid, gid)
        app.startApplication(application, not config["no_save"])

    def setupEnvironment(
        self, chroot: str | None, rundir: str, nodaemon: bool, umask: int | None, pidfile: str | None
    ) -> None:
        """Change the root, the working directory, the process and its mask, and write the pidfile."""
        if chroot is not None:
            os.chroot(chroot)
            if rundir == ".":
                rundir = "/"
        os.chdir(rundir)
        if not nodaemon:
            from twisted.internet import reactor

            self._status = daemonize(reactor)
            if umask is None:
                umask = _DAEMONS_UMASK
        if umask is not None:
            os.umask(umask)
        if pidfile:
            file = PidFile(pidfile)
            file.write()
            self._pid_file = file

    def shedPrivileges(self, euid: bool, uid: int | None, gid: int | None) -> None:
        """Become another user and group; with *euid* in a way that can be taken back."""
        if uid is None and gid is None:
            return
        if uid == os.geteuid() and gid in (None, os.getegid()):
            return
        try:
            switchUID(uid, gid, euid)
        except OSError as problem:
            kind = "euid/egid" if euid else "uid/gid"
            raise SystemExit(f"failed to set {kind} {uid}/{gid} (are you root?): {problem}") from None
        self.logger._log.info("set uid/gid {uid}/{gid}", uid=uid, gid=gid)

    def removePID(self) -> None:
        """Remove the pidfile, if it was written."""
        file, self._pid_file = self._pid_file, None
        if file is not None:
            file.remove()


def checkPID(pidfile: str | None) -> None:
    """Remove a pidfile whose process is gone. Ends the program if it is not, or if the file is something else."""
    if not pidfile:
        return
    file = PidFile(pidfile)
    try:
        found = file.read()
        file.check()
    except AlreadyRunning:
        raise SystemExit(
            f"Another twistd server is running, PID {found}\n\n"
            "It may be this application, started before, or another one. Stop it, or start this one in another folder, "
            "or with other files for --pidfile and --logfile.\n"
        ) from None
    except NotAPidFile:
        raise SystemExit(f"Pidfile {file.path} contains non-numeric value") from None
    except OSError as problem:
        raise SystemExit(f"Can't check status of PID from pidfile {file.path}: {problem}") from None
