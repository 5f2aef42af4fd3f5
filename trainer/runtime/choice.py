"""Settings in, the runtime they name out."""

from db.errors import SettingsError
from db.settings import Settings
from trainer.runtime import Runtime


def open_runtime(settings: Settings) -> Runtime:
    """The runtime of `FLYWHEEL_RUNTIME`; torch is imported only here. Errors: SettingsError."""
    if settings.runtime != "local":
        raise SettingsError(
            f"FLYWHEEL_RUNTIME={settings.runtime} is not supported yet; a later version will be. "
            "Set FLYWHEEL_RUNTIME=local to draft in this process."
        )
    from trainer.runtime.local import LocalRuntime

    return LocalRuntime(settings.base_model)
