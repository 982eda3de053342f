"""What the kinds of files that are read are called elsewhere (IANA media types)."""

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "tiff": "image/tiff",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "heic": "image/heic",
    "xml": "application/xml",
    "zip": "application/zip",
    "mail": "message/rfc822",
}
UNKNOWN_TYPE = "application/octet-stream"
