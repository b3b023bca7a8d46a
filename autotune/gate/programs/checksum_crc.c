/* CRC by bits and by table, Adler, Fletcher, Luhn: loops that recognisers of idioms look for. */
#include "program.h"

static uint32_t table[256];

KEEP static uint32_t by_bits(const unsigned char *p, int n) {
  uint32_t crc = ~0u;
  while (n-- > 0) {
    crc ^= *p++;
    for (int i = 0; i < 8; i++) crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  }
  return ~crc;
}
KEEP static void fill(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
    table[i] = crc;
  }
}
KEEP static uint32_t by_table(const unsigned char *p, int n) {
  uint32_t crc = 0xffffffffu;
  for (int i = 0; i < n; i++) crc = table[(crc ^ p[i]) & 255] ^ crc >> 8;
  return crc ^ 0xffffffffu;
}
KEEP static uint16_t crc16(const unsigned char *p, int n) {
  uint16_t crc = 0xffff;
  for (int i = 0; i < n; i++) {
    crc ^= (uint16_t)(p[i] << 8);
    for (int k = 0; k < 8; k++) crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
  }
  return crc;
}
KEEP static uint32_t adler(const unsigned char *p, int n) {
  uint32_t a = 1, b = 0;
  for (int i = 0; i < n; i++) a = (a + p[i]) % 65521, b = (b + a) % 65521;
  return b << 16 | a;
}
KEEP static uint16_t fletcher(const unsigned char *p, int n) {
  uint8_t a = 0, b = 0;
  for (int i = 0; i < n; i++) {
    a = (uint8_t)((a + p[i]) % 255);
    b = (uint8_t)((b + a) % 255);
  }
  return (uint16_t)(b << 8 | a);
}
KEEP static int luhn(const char *digits) {
  int sum = 0, twice = 0;
  for (int i = (int)strlen(digits); i-- > 0; twice = !twice) {
    int d = digits[i] - '0';
    if (twice && (d *= 2) > 9) d -= 9;
    sum += d;
  }
  return sum % 10;
}

int main(void) {
  unsigned char data[40];
  for (int i = 0; i < 40; i++) data[i] = (unsigned char)in(i * 73 + 19);
  fill();
  out("bits", by_bits(data, in(40)));
  out("table", by_table(data, in(40)));
  out("crc16", crc16(data, in(39)));
  out("adler", adler(data, in(40)));
  out("fletcher", fletcher(data, in(40)));
  out("luhn", luhn("4539578763621486") * 10 + luhn(&"14539578763621487"[in(1)]));
}
