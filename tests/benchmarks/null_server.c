// An S3 server that keeps no bytes, so that what a benchmark measures is the client.
//
// Bodies of uploads are thrown away in the kernel, downloads come from one block of memory by sendfile, listings
// are made up. Signatures are not checked. One thread serves one connection.
//
//   null_server PORT TLS_PORT CERTIFICATE KEY LATENCY_MS      (TLS_PORT 0: no TLS)
//
// Buckets:  flat-N            N keys of 16 KiB, k000000000 and up
//           tree-D-F          D folders of F keys each
//           sized             every key that ends in -BYTES is an object of that many bytes
//           any other         what was put there: its size is kept, and reads give the pattern
//
// ETags are opaque, as on encrypted buckets; GET and HEAD give the object's CRC64NVME when asked for checksums.
// GET /_stats answers {"requests":N,"received":BYTES,"sent":BYTES} and sets the counters to zero.
#define _GNU_SOURCE
#include <ctype.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "null_objects.h"

enum { HEAD_LIMIT = 32 * 1024, PIECE = 256 * 1024 };

typedef struct {
    int socket;
    SSL *tls;
    size_t begin, end;
    char buffer[HEAD_LIMIT + 1];
} Connection;

typedef struct {
    char method[8], bucket[80], key[1100], query[1400], range[64];
    long long length;
    int expects, wants_checksum;
} Request;

static int latency_ms;
static SSL_CTX *tls_context;
static atomic_ullong requests, received, sent;

// --- bytes --------------------------------------------------------------------------------------------------------

static int put(Connection *c, const char *bytes, size_t count) {
    while (count) {
        ssize_t n = c->tls ? SSL_write(c->tls, bytes, (int)count) : send(c->socket, bytes, count, MSG_NOSIGNAL);
        if (n <= 0) return 0;
        bytes += n;
        count -= (size_t)n;
    }
    return 1;
}

static int fill(Connection *c) {
    if (c->begin) memmove(c->buffer, c->buffer + c->begin, c->end - c->begin);
    c->end -= c->begin;
    c->begin = 0;
    if (c->end == HEAD_LIMIT) return 0;
    char *at = c->buffer + c->end;
    size_t room = HEAD_LIMIT - c->end;
    ssize_t n = c->tls ? SSL_read(c->tls, at, (int)room) : recv(c->socket, at, room, 0);
    if (n <= 0) return 0;
    c->end += (size_t)n;
    c->buffer[c->end] = 0;
    return 1;
}

static int discard(Connection *c, long long count) {
    received += (unsigned long long)count;
    size_t here = c->end - c->begin;
    if ((long long)here > count) here = (size_t)count;
    c->begin += here;
    count -= (long long)here;
    char *piece = c->tls ? malloc(PIECE) : NULL;
    while (count > 0) {
        size_t most = count < (1 << 20) ? (size_t)count : (1 << 20);
        if (c->tls && most > PIECE) most = PIECE;
        ssize_t n = c->tls ? SSL_read(c->tls, piece, (int)most) : recv(c->socket, NULL, most, MSG_TRUNC);
        if (n <= 0) break;
        count -= n;
    }
    free(piece);
    return count == 0;
}

static int send_pattern(Connection *c, long long from, long long count) {
    sent += (unsigned long long)count;
    while (count > 0) {
        off_t at = from % BLOCK;
        long long most = BLOCK - at < count ? BLOCK - at : count;
        if (c->tls) {
            if (most > PIECE) most = PIECE;
            if (!put(c, (char *)block + at, (size_t)most)) return 0;
        } else {
            most = sendfile(c->socket, block_file, &at, (size_t)most);
            if (most <= 0) return 0;
        }
        from += most;
        count -= most;
    }
    return 1;
}

// --- answers ------------------------------------------------------------------------------------------------------

static int answer(Connection *c, const char *status, const char *headers, const char *body) {
    char head[2048];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %s\r\nServer: null\r\nx-amz-request-id: 0\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                     "%sContent-Length: %zu\r\n\r\n", status, headers, strlen(body));
    return put(c, head, (size_t)n) && put(c, body, strlen(body));
}

static const char *parameter(const Request *r, const char *name, char *out, size_t room) {
    size_t length = strlen(name);
    for (const char *at = r->query; *at; at += strcspn(at, "&"), at += *at == '&')
        if (!strncmp(at, name, length) && (at[length] == '=' || at[length] == '&' || !at[length])) {
            at += length + (at[length] == '=');
            size_t n = strcspn(at, "&"), o = 0;
            for (size_t i = 0; i < n && o + 1 < room; i++)
                if (at[i] == '%' && i + 2 < n) {
                    char pair[3] = {at[i + 1], at[i + 2], 0};
                    out[o++] = (char)strtol(pair, NULL, 16);
                    i += 2;
                } else
                    out[o++] = at[i];
            out[o] = 0;
            return out;
        }
    return NULL;
}

static int list(Connection *c, const Request *r) {
    long folders = 0, files = 0;
    int tree = sscanf(r->bucket, "tree-%ld-%ld", &folders, &files) == 2;
    if (!tree) sscanf(r->bucket, "flat-%ld", &files);
    char prefix[1100] = "", token[64] = "", mark[8] = "";
    parameter(r, "prefix", prefix, sizeof prefix);
    long first = parameter(r, "continuation-token", token, sizeof token) ? atol(token) : 0;
    int grouped = parameter(r, "delimiter", mark, sizeof mark) && mark[0];
    long in_folder = -1, total = tree ? folders * files : files;
    if (tree && prefix[0]) in_folder = atol(prefix + 1), total = files;
    else if (tree && grouped) total = folders;
    if (prefix[0] && !tree) total = 0;
    long last = first + 1000 < total ? first + 1000 : total;
    char *xml = malloc(1000 * 330 + 1024), *at = xml;
    at += sprintf(at, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
                  "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>%s</Name><Prefix>%s</Prefix>"
                  "<KeyCount>%ld</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>%s</IsTruncated>",
                  r->bucket, prefix, last > first ? last - first : 0, last < total ? "true" : "false");
    if (last < total) at += sprintf(at, "<NextContinuationToken>%ld</NextContinuationToken>", last);
    for (long i = first; i < last; i++) {
        char name[64];
        if (tree && in_folder < 0 && grouped) {
            at += sprintf(at, "<CommonPrefixes><Prefix>d%06ld/</Prefix></CommonPrefixes>", i);
            continue;
        }
        if (tree) sprintf(name, "d%06ld/f%06ld", in_folder < 0 ? i / files : in_folder, i % files);
        else sprintf(name, "k%09ld", i);
        at += sprintf(at, "<Contents><Key>%s</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                      "<ETag>&quot;0badcafe-kms&quot;</ETag><Size>16384</Size>"
                      "<StorageClass>STANDARD</StorageClass></Contents>", name);
    }
    strcpy(at, "</ListBucketResult>");
    int ok = answer(c, "200 OK", "Content-Type: application/xml\r\n", xml);
    free(xml);
    return ok;
}

static int give(Connection *c, const Request *r) {
    long long size = size_of(r->bucket, r->key), first = 0, last = size - 1;
    if (size < 0) {
        const char *body = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>none</Message></Error>";
        return answer(c, "404 Not Found", "Content-Type: application/xml\r\n", r->method[0] == 'H' ? "" : body);
    }
    char partial[128] = "", checksum[128] = "", head[1024];
    if (r->range[0]) {
        long long end = -1;
        sscanf(r->range, "bytes=%lld-%lld", &first, &end);
        if (end >= 0 && end < last) last = end;
        sprintf(partial, "Content-Range: bytes %lld-%lld/%lld\r\n", first, last, size);
    }
    if (r->wants_checksum && !r->range[0]) {
        char crc[16];
        encode_crc(crc_of(size), crc);
        sprintf(checksum, "x-amz-checksum-crc64nvme: %s\r\nx-amz-checksum-type: FULL_OBJECT\r\n", crc);
    }
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %s\r\nServer: null\r\nAccept-Ranges: bytes\r\nETag: \"0badcafe-kms\"\r\n"
                     "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                     "x-amz-server-side-encryption: aws:kms\r\nx-amz-request-id: 0\r\n%s%s"
                     "Content-Type: application/octet-stream\r\nContent-Length: %lld\r\n\r\n",
                     r->range[0] ? "206 Partial Content" : "200 OK", partial, checksum, last - first + 1);
    if (!put(c, head, (size_t)n)) return 0;
    return r->method[0] == 'H' || send_pattern(c, first, last - first + 1);
}

static int take(Connection *c, const Request *r) {
    char upload[128], number[16] = "";
    if (r->expects && !put(c, "HTTP/1.1 100 Continue\r\n\r\n", 25)) return 0;
    if (!discard(c, r->length)) return 0;
    parameter(r, "partNumber", number, sizeof number);
    if (parameter(r, "uploadId", upload, sizeof upload)) keep_part(upload, atoi(number), r->length);
    else keep(r->bucket, r->key, r->length);
    return answer(c, "200 OK", "ETag: \"0badcafe-kms\"\r\nx-amz-server-side-encryption: aws:kms\r\n", "");
}

static int post(Connection *c, const Request *r) {
    static atomic_ullong uploads;
    char body[2048], upload[128];
    if (!discard(c, r->length)) return 0;
    if (parameter(r, "uploadId", upload, sizeof upload)) {
        keep(r->bucket, r->key, size_of("\x01uploads", upload));
        snprintf(body, sizeof body, "<?xml version=\"1.0\"?><CompleteMultipartUploadResult><ETag>&quot;0badcafe-kms"
                 "&quot;</ETag></CompleteMultipartUploadResult>");
    } else if (parameter(r, "uploads", upload, sizeof upload))
        snprintf(body, sizeof body, "<?xml version=\"1.0\"?><InitiateMultipartUploadResult><Bucket>%s</Bucket>"
                 "<UploadId>u%llu</UploadId></InitiateMultipartUploadResult>", r->bucket, ++uploads);
    else
        snprintf(body, sizeof body, "<?xml version=\"1.0\"?><DeleteResult></DeleteResult>");
    return answer(c, "200 OK", "Content-Type: application/xml\r\n", body);
}

static int serve(Connection *c, const Request *r) {
    char text[160], out[16];
    requests++;
    if (latency_ms) usleep((useconds_t)latency_ms * 1000);
    if (!strcmp(r->bucket, "_stats")) {
        snprintf(text, sizeof text, "{\"requests\":%llu,\"received\":%llu,\"sent\":%llu}", requests, received, sent);
        requests = received = sent = 0;
        return answer(c, "200 OK", "", text);
    }
    if (!strcmp(r->method, "PUT")) return take(c, r);
    if (!strcmp(r->method, "POST")) return post(c, r);
    if (!strcmp(r->method, "DELETE")) return discard(c, r->length) && answer(c, "204 No Content", "", "");
    if (r->key[0]) return give(c, r);
    if (r->method[0] == 'H') return answer(c, "200 OK", "x-amz-bucket-region: us-east-1\r\n", "");
    if (parameter(r, "location", out, sizeof out))
        return answer(c, "200 OK", "Content-Type: application/xml\r\n",
                      "<?xml version=\"1.0\"?><LocationConstraint></LocationConstraint>");
    return list(c, r);
}

// --- requests -----------------------------------------------------------------------------------------------------

static void header(Request *r, char *line) {
    char *value = strchr(line, ':');
    if (!value) return;
    *value++ = 0;
    while (*value == ' ') value++;
    if (!strcasecmp(line, "content-length")) r->length = atoll(value);
    else if (!strcasecmp(line, "expect")) r->expects = 1;
    else if (!strcasecmp(line, "range")) snprintf(r->range, sizeof r->range, "%s", value);
    else if (!strcasecmp(line, "x-amz-checksum-mode")) r->wants_checksum = 1;
}

static int read_request(Connection *c, Request *r) {
    char *end, target[2600] = "";
    while (!(end = memmem(c->buffer + c->begin, c->end - c->begin, "\r\n\r\n", 4)))
        if (!fill(c)) return 0;
    *end = 0;
    memset(r, 0, sizeof *r);
    char *rest = NULL, *line = strtok_r(c->buffer + c->begin, "\r\n", &rest);
    if (!line || sscanf(line, "%7s %2599s", r->method, target) != 2) return 0;
    while ((line = strtok_r(NULL, "\r\n", &rest))) header(r, line);
    c->begin = (size_t)(end - c->buffer) + 4;
    char *query = strchr(target, '?');
    if (query) *query++ = 0, snprintf(r->query, sizeof r->query, "%s", query);
    sscanf(target, "/%79[^/]/%1099[^\n]", r->bucket, r->key);
    return 1;
}

static void *talk(void *given) {
    Connection *c = given;
    Request r;
    if (!c->tls || SSL_accept(c->tls) == 1)
        while (read_request(c, &r) && serve(c, &r)) {}
    if (c->tls) SSL_free(c->tls);
    close(c->socket);
    free(c);
    return NULL;
}

static void *listen_on(void *given) {
    int port = *(int *)given, yes = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    SSL_CTX *tls = ((int *)given)[1] ? tls_context : NULL;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 512)) {
        perror("null_server");
        exit(1);
    }
    for (;;) {
        Connection *c = calloc(1, sizeof *c);
        c->socket = accept(server, NULL, NULL);
        setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (tls) c->tls = SSL_new(tls), SSL_set_fd(c->tls, c->socket);
        pthread_t thread;
        if (c->socket < 0 || pthread_create(&thread, NULL, talk, c)) free(c);
        else pthread_detach(thread);
    }
}

int main(int count, char **words) {
    if (count != 6) return fprintf(stderr, "null_server PORT TLS_PORT CERTIFICATE KEY LATENCY_MS\n"), 2;
    int plain[2] = {atoi(words[1]), 0}, secure[2] = {atoi(words[2]), 1};
    latency_ms = atoi(words[5]);
    signal(SIGPIPE, SIG_IGN);
    if (!make_pattern()) return 1;
    pthread_t thread;
    if (secure[0]) {
        tls_context = SSL_CTX_new(TLS_server_method());
        if (SSL_CTX_use_certificate_chain_file(tls_context, words[3]) != 1 ||
            SSL_CTX_use_PrivateKey_file(tls_context, words[4], SSL_FILETYPE_PEM) != 1)
            return fprintf(stderr, "null_server: the certificate or its key cannot be read\n"), 1;
        pthread_create(&thread, NULL, listen_on, secure);
    }
    listen_on(plain);
}
