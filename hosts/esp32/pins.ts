// Which pins can be a knob and which can be a lamp, chip by chip. Sources: the data sheets; ESP-IDF "GPIO & RTC GPIO".

interface Chip {
	/** Wi-Fi uses the other ADC: only these can be a knob. */
	adc1: readonly [first: number, last: number];
	adc2?: readonly number[];
	/** Wired to the flash chip. */
	flash: readonly [first: number, last: number];
	/** No output driver. */
	inputOnly?: readonly [first: number, last: number];
	/** Read at reset: what hangs on them can keep the chip from booting. */
	strapping: readonly number[];
	last: number;
	/** At the greatest width the newer chips cannot be on all the time (espressif/esp-idf#11516): one bit less. */
	resolution: number;
}

// Frozen all through (XS: `freeze(…, true)`), so that it stays in flash.
const chips: { readonly [name: string]: Chip } = Object.freeze(
	{
		esp32: {
			adc1: [32, 39],
			adc2: [0, 2, 4, 12, 13, 14, 15, 25, 26, 27],
			flash: [6, 11],
			inputOnly: [34, 39],
			strapping: [0, 2, 5, 12, 15],
			last: 39,
			resolution: 14,
		},
		esp32s3: {
			adc1: [1, 10],
			adc2: [11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
			flash: [26, 32],
			strapping: [0, 3, 45, 46],
			last: 48,
			resolution: 13,
		},
		esp32c3: { adc1: [0, 4], adc2: [5], flash: [12, 17], strapping: [2, 8, 9], last: 21, resolution: 13 },
		esp32c6: { adc1: [0, 6], flash: [24, 30], strapping: [4, 5, 8, 9, 15], last: 30, resolution: 13 },
	} as const satisfies { readonly [name: string]: Chip },
	true,
);

export const chipNames: readonly string[] = Object.freeze(Object.keys(chips));

export function resolutionOf(chip: string): number {
	return chips[chip]?.resolution ?? 13;
}

const within = (pin: number, range: readonly [number, number] | undefined) => range !== undefined && pin >= range[0] && pin <= range[1];

/** Why `pin` cannot be what `use` says, or undefined. */
export function pinFault(chip: string, use: "knob" | "led", pin: number): string | undefined {
	const { adc1, adc2, flash, inputOnly, last } = chips[chip] as Chip;
	if (!Number.isInteger(pin) || pin < 0 || pin > last) return `${use}: must be a pin of the ${chip}, 0 to ${last}`;
	if (within(pin, flash)) return `${use}: pin ${pin} belongs to the flash chip`;
	if (use === "led") return within(pin, inputOnly) ? `led: pin ${pin} is an input only` : undefined;
	if (within(pin, adc1)) return undefined;
	const allowed = `take ${adc1[0]} to ${adc1[1]} (ADC1)`;
	if (adc2?.includes(pin)) return `knob: pin ${pin} is on ADC2, which fails while Wi-Fi runs; ${allowed}`;
	return `knob: pin ${pin} has no ADC; ${allowed}`;
}

/** What is wrong with a pin that works all the same, or undefined. */
export function pinWarning(chip: string, use: "knob" | "led", pin: number): string | undefined {
	return chips[chip]?.strapping.includes(pin)
		? `${use}: pin ${pin} is a strapping pin, read at reset: the board may not boot with a load on it`
		: undefined;
}
