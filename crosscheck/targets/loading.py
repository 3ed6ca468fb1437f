"""A target from its Python file."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from .checking import TargetError, check_declarations
from .target import Target

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


def load_target(path: Path) -> Target:
    """The one target that a file defines: a subclass of Target, or an instance named ``target``.

    Raises TargetError where the file is missing or fails, or does not define exactly one target.
    """
    module = _module(path)
    given: Any = getattr(module, "target", None)
    target = given if isinstance(given, Target) else _made(path, module)
    target.root = path.resolve().parent
    if not target.name:
        type(target).name = path.stem
    _check(path, target)
    return target


def source_hash(path: Path) -> str:
    """SHA-256 of a target's file, hex."""
    return sha256(path.read_bytes()).hexdigest()


def _module(path: Path) -> ModuleType:
    if path.is_dir():
        raise TargetError(f"{path}: a folder; name the Python file in it")
    if not path.is_file():
        raise TargetError(f"{path}: there is no such file; `weiproof init --target` writes one")
    name = f"weiproof_target_{sha256(os.fsencode(path.resolve())).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise TargetError(f"{path}: not a Python file; a target is one with the ending .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise TargetError(
            f"{path}: {_place(path, error)}{type(error).__name__}: {error}"
        ) from error
    finally:
        sys.path.remove(folder)
    return module


def _made(path: Path, module: ModuleType) -> Target:
    kind = _only_class(path, module)
    try:
        return kind()
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise TargetError(f"{path}: {_place(path, error)}{kind.__name__}(): {what}") from error


def _only_class(path: Path, module: ModuleType) -> type[Target]:
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Target)
        and value.__module__ == module.__name__
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(each.__name__ for each in found) or "none"
    raise TargetError(
        f"{path}: expected one class that derives from weiproof.crosscheck.targets.Target,"
        f" found {names}; name the one to use: target = {found[0].__name__ if found else 'Mine'}()"
    )


def _check(path: Path, target: Target) -> None:
    try:
        check_declarations(target)
    except TargetError as error:
        raise TargetError(f"{path}: {error}") from error
    if not target.contracts:
        raise TargetError(f"{path}: contracts is empty; list what is deployed, as Deploy(...)")
    if not any(each.model is not None for each in target.contracts):
        raise TargetError(f"{path}: no contract has a model; give one Deploy(..., model=MyTwin)")
    if not target.actors:
        raise TargetError(f"{path}: actors is empty; somebody has to call, such as ('alice',)")
    labels = [each.label for each in target.contracts]
    known = {f"{label}." for label in labels}
    for key in (*target.weights, *target.senders, *target.skip, *target.values):
        if key.partition(".")[0] + "." not in known:
            raise TargetError(
                f"{path}: {key!r} names no contract; expected one of"
                f" {', '.join(labels)}, a dot and a function"
            )


def _place(path: Path, error: BaseException) -> str:
    """Line of the user's file where an error comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    file = str(path.resolve())
    lines = [frame.lineno for frame in frames if frame.filename == file]
    return f"line {lines[-1]}: " if lines else ""
