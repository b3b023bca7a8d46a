// What a program needs of the process around it, in the order in which it happens.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

struct Noisy {
  const char *name;
  explicit Noisy(const char *name) : name(name) { std::printf("%s begins\n", name); }
  virtual ~Noisy() { std::printf("%s ends\n", name); }
  virtual int twice(int x) { return x + 1; }
};
struct Doubling : Noisy {
  using Noisy::Noisy;
  int twice(int x) override { return 2 * x; }
};

__attribute__((constructor(200))) static void second() { std::puts("constructor 200"); }
__attribute__((constructor(150))) static void first() { std::puts("constructor 150"); }
__attribute__((destructor)) static void last() { std::puts("destructor"); }
static Noisy global("global");
static thread_local int of_this_thread = 3;

static int deep(int n) {
  Doubling here("frame");
  if (n == 0) throw std::runtime_error("from below");
  return deep(n - 1) + here.twice(n);
}

int main(int count, char **arguments) {
  std::atexit([] { std::puts("at exit"); });
  of_this_thread += count;
  try {
    deep(1);
  } catch (const std::exception &error) {
    std::printf("caught %s\n", error.what());
  }
  std::vector<std::string> words{"one", "two"};
  std::cout << words.back() << ' ' << of_this_thread << ' ' << arguments[0] << std::endl;
  if (std::getenv("HOME") != nullptr) std::puts("has a home");
  static Noisy local("local");
  std::exit(3);
}
