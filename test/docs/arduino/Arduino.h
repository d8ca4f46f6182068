// As much of Arduino's core, of WiFi.h and of ArduinoMqttClient.h as the sketches of docs/works-with.md call, with a board that is a script:
// every line on stdin says what happens, every line on stdout what the sketch did.
#pragma once
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#define OUTPUT 1
#define WL_CONNECTED 3

static unsigned long now_ms = 1000;
static int reading = 0;

static unsigned long millis() { return now_ms; }
static void delay(unsigned long ms) { now_ms += ms; }
static bool isDigit(int c) { return std::isdigit(c) != 0; }
static void analogReadResolution(int bits) { std::printf("resolution %d\n", bits); }
static int analogRead(int) { return reading; }
static void pinMode(int pin, int) { std::printf("output %d\n", pin); }
static void analogWrite(int pin, int duty) { std::printf("write %d %d\n", pin, duty); }

struct WiFiClient {};

struct FakeWiFi {
  int state = 0;
  void begin(const char*, const char*) { state = WL_CONNECTED; }
  int status() { return state; }
};
static FakeWiFi WiFi;

class MqttClient {
 public:
  explicit MqttClient(WiFiClient&) { the = this; }
  static MqttClient* the;
  void setId(const char* id) { std::printf("id %s\n", id); }
  bool connected() { return up; }
  bool connect(const char*, int port) {
    std::printf("connect %d\n", port);
    up = true;
    return true;
  }
  void poll() {}
  void subscribe(const char* topic, int qos) { std::printf("subscribe %s %d\n", topic, qos); }
  void beginMessage(const char* topic, bool retained) { std::printf("publish %s %s ", topic, retained ? "retained" : "once"); }
  void print(int value) { std::printf("%d", value); }
  void endMessage() { std::printf("\n"); }
  void onMessage(void (*callback)(int)) { received = callback; }
  int available() { return static_cast<int>(std::strlen(payload)); }
  int read() { return *payload ? *payload++ : -1; }

  void deliver(const char* text) {
    payload = text;
    received(static_cast<int>(std::strlen(text)));
  }
  bool up = false;

 private:
  void (*received)(int) = nullptr;
  const char* payload = "";
};
MqttClient* MqttClient::the = nullptr;

void setup();
void loop();

int main() {
  setup();
  char line[128];
  while (std::fgets(line, sizeof line, stdin)) {
    line[std::strcspn(line, "\n")] = 0;
    if (!std::strncmp(line, "read ", 5)) reading = std::atoi(line + 5);
    if (!std::strncmp(line, "message ", 8)) MqttClient::the->deliver(line + 8);
    if (!std::strcmp(line, "lost")) MqttClient::the->up = false;
    now_ms += 40;
    loop();
    std::printf("-\n");
  }
}
