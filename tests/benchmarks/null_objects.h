// The objects of null_server.c: one block of memory that holds the bytes of them all, with its checksums, and
// the sizes of what was put.
#include <openssl/evp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCK = 32 * 1024 * 1024 + 7, SHELVES = 1 << 16, MOST_PARTS = 10000 };

typedef struct Thing { // an object, or an upload under way
    struct Thing *next;
    char name[1200];
    long long size;
    long long *parts; // of an upload under way: bytes of each part by its number
} Thing;

static Thing *shelves[SHELVES];
static pthread_mutex_t shelves_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char *block;
static int block_file;
static uint64_t crc_table[256];

static int make_pattern(void) {
    block_file = memfd_create("pattern", 0);
    if (ftruncate(block_file, BLOCK)) return 0;
    block = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, block_file, 0);
    for (uint64_t i = 0, x = 88172645463325252ull; i < BLOCK; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        block[i] = (unsigned char)x;
    }
    for (int i = 0; i < 256; i++) {
        uint64_t crc = (uint64_t)i;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x9a6c9329ac4bc9b5ull : crc >> 1;
        crc_table[i] = crc;
    }
    return 1;
}

static Thing *thing(const char *bucket, const char *key, int make) { // call with the lock held
    char name[1200];
    snprintf(name, sizeof name, "%s/%s", bucket, key);
    unsigned long hash = 5381;
    for (char *c = name; *c; c++) hash = hash * 33 + (unsigned char)*c;
    Thing **shelf = &shelves[hash % SHELVES], *found = *shelf;
    while (found && strcmp(found->name, name)) found = found->next;
    if (!found && make) {
        found = calloc(1, sizeof *found);
        strcpy(found->name, name);
        found->next = *shelf;
        *shelf = found;
    }
    return found;
}

static void keep(const char *bucket, const char *key, long long size) {
    pthread_mutex_lock(&shelves_lock);
    thing(bucket, key, 1)->size = size;
    pthread_mutex_unlock(&shelves_lock);
}

static void keep_part(const char *upload, int number, long long size) { // one that is sent again is replaced
    if (number < 1 || number > MOST_PARTS) return;
    pthread_mutex_lock(&shelves_lock);
    Thing *one = thing("\x01uploads", upload, 1);
    if (!one->parts) one->parts = calloc(MOST_PARTS + 1, sizeof *one->parts);
    one->size += size - one->parts[number];
    one->parts[number] = size;
    pthread_mutex_unlock(&shelves_lock);
}

static long long size_of(const char *bucket, const char *key) {
    if (!strncmp(bucket, "flat-", 5) || !strncmp(bucket, "tree-", 5)) return 16384;
    const char *dash = strrchr(key, '-');
    if (!strcmp(bucket, "sized")) return dash ? atoll(dash + 1) : -1;
    pthread_mutex_lock(&shelves_lock);
    Thing *one = thing(bucket, key, 0);
    long long size = one ? one->size : -1;
    pthread_mutex_unlock(&shelves_lock);
    return size;
}

static uint64_t crc_of(long long size) { // CRC64NVME of the pattern's first bytes; large sizes are remembered
    static struct { long long size; uint64_t crc; } known[16];
    static int next;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < 16; i++)
        if (known[i].size == size && size) {
            pthread_mutex_unlock(&lock);
            return known[i].crc;
        }
    uint64_t crc = ~0ull;
    for (long long i = 0, at = 0; i < size; i++) {
        crc = crc_table[(crc ^ block[at]) & 255] ^ (crc >> 8);
        if (++at == BLOCK) at = 0;
    }
    known[next].size = size;
    known[next++ % 16].crc = ~crc;
    next %= 16;
    pthread_mutex_unlock(&lock);
    return ~crc;
}

static void encode_crc(uint64_t crc, char out[13]) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(crc >> (56 - 8 * i));
    EVP_EncodeBlock((unsigned char *)out, bytes, 8);
}
