/* Answers that are documents: what becomes of one that cannot be written. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "document.h"
#include "server.h"

void
reply_json(struct request *request, int status, json_t *document)
{
    struct od_buf text = {0};
    if (document != NULL && document_write(document, &text)) {
        reply_bytes(request, status, "application/json", text.data, text.length);
    } else {
        static const char none[] = "{\"detail\":\"out of memory\"}";
        reply_bytes(request, 500, "application/json", none, sizeof none - 1);
    }
    json_decref(document);
    od_buf_clear(&text);
}

void
reply_error(struct request *request, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!http_utf8(text, strlen(text))) {
        snprintf(text, sizeof text, "%s", http_reason(status));
    }
    reply_json(request, status, json_pack("{s:s}", "detail", text));
}
