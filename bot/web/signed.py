"""In: a request as it came. Out: its body, if Slack itself sent it just now; else a refusal."""

from fastapi import HTTPException, Request
from slack_sdk.signature import SignatureVerifier

MOST = 1_000_000  # bytes; a payload of Slack is far smaller


async def body_of(request: Request, verifier: SignatureVerifier) -> bytes:
    """The whole body. Errors: HTTPException 413 if it is too long, 401 unless the signature is Slack's and fresh."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST:
            raise HTTPException(413)
    if not signed(verifier, bytes(body), request):
        raise HTTPException(401)
    return bytes(body)


def signed(verifier: SignatureVerifier, body: bytes, request: Request) -> bool:
    """Whether both headers stand there and fit. The verifier raises for what is no number, no ASCII or no UTF-8."""
    try:
        return verifier.is_valid(
            body, request.headers.get("x-slack-request-timestamp"), request.headers.get("x-slack-signature")
        )
    except (ValueError, TypeError, OverflowError):
        return False
