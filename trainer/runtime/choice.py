"""Settings in, the runtime they name out."""

from db.errors import SettingsError
from db.settings import Settings
from trainer.runtime import Runtime


def open_runtime(settings: Settings) -> Runtime:
    """The runtime of `FLYWHEEL_RUNTIME`; torch is imported only for the local one. Errors: SettingsError."""
    if settings.runtime == "openai":
        if not settings.runtime_url:
            raise SettingsError("FLYWHEEL_RUNTIME=openai needs FLYWHEEL_RUNTIME_URL, as in http://127.0.0.1:8000/v1.")
        try:
            from trainer.runtime.remote import RemoteRuntime
        except ImportError as error:
            raise SettingsError(
                "A model server needs one more package: pip install 'draft-flywheel[openai]'."
            ) from error
        return RemoteRuntime(settings.runtime_url, settings.base_model, settings.runtime_api_key.get_secret_value())
    from trainer.runtime.local import LocalRuntime

    return LocalRuntime(settings.base_model)
