"""What is wrong with a configuration, problem by problem."""

from dataclasses import dataclass

from models.errors import FacelatchError
from models.text import printable

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where (file and key, as far as known), what, and what to do."""

    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """One line of printable characters."""
        line = f"{self.where}: {self.message}" + (f"; {self.hint}" if self.hint else "")
        return printable(line, _LONGEST)


class ConfigError(FacelatchError, ValueError):
    """A configuration that cannot be used: the first problem, and how many more there are."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")
        self.problems = problems
