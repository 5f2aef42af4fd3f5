"""Settings in, the runtime they name out."""

from db.errors import SettingsError
from db.settings import Settings
from trainer.runtime import Runtime


def open_runtime(settings: Settings) -> Runtime:
    """The runtime of FLYWHEEL_RUNTIME. Errors: SettingsError."""
    if settings.runtime != "local":
        raise SettingsError("FLYWHEEL_RUNTIME=openai is not available in this version. Use local.")
    from trainer.runtime.local import LocalRuntime  # torch takes seconds to load

    return LocalRuntime(settings.base_model)
