"""Where the tests' own policies are, and settings that teach one of them."""

from pathlib import Path

from induction.config import Settings

TINY = Path(__file__).parent / "policies" / "tiny"
DOING = Path(__file__).parent / "policies" / "doing"  # its situations are things to do


def taught(instance: Path, root: Path = TINY, policy: str = "visitor-safety") -> Settings:
    """The settings of an installation that teaches the policy in this folder."""
    return Settings.from_environment(
        {
            "INDUCTION_INSTANCE": str(instance),
            "INDUCTION_CONTENT": str(root),
            "INDUCTION_POLICY": policy,
        }
    )
