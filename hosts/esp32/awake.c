// The radio does not sleep between beacons: see awake.ts. Chips that are no ESP32 do as their driver thinks best.
#include "xsmc.h"

#if ESP32
	#include "esp_wifi.h"
#endif

void xs_lampwire_awake(xsMachine *the)
{
#if ESP32
	esp_wifi_set_ps(WIFI_PS_NONE);
#endif
}
