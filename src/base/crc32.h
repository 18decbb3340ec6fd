#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC-32 as in ISO 3309 and gzip (RFC 1952, section 8): start with 0, feed
 * the bytes in any number of pieces.  crc32(1) and Python's zlib.crc32 print
 * the same value.
 */
uint32_t crc32_add(uint32_t crc, const void *, size_t);

#endif
