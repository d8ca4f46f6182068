// Which pins can be a knob, a lamp or the status LED, chip by chip.
// Sources: ESP-IDF's "GPIO & RTC GPIO" and "LED Control" of each chip; the Raspberry Pi Pico W data sheet, §2.1; the SDK's _analog.c and _pwm.c.

export type Use = "knob" | "led" | "status_led";

interface Chip {
	/** Pins that exist, as ranges: first, last, first, last, … */
	pins: readonly number[];
	/** Pins that can be a knob. Of an ESP32, ADC1 alone: Wi-Fi uses ADC2. Range. */
	adc: readonly [first: number, last: number];
	adc2?: readonly number[];
	/** Pins that are wired to the flash chip. Range. */
	flash?: readonly [first: number, last: number];
	/** Pins without an output driver. Range. */
	inputOnly?: readonly [first: number, last: number];
	/** The board's own LED, on a pin that has no PWM. */
	statusOnly?: number;
	/** Read at reset: a circuit at these pins can keep the chip from booting. */
	strapping?: readonly number[];
	/** Pins of USB Serial/JTAG. */
	usb?: readonly number[];
	/** The UART through which the board is flashed, and through which the debugger is connected. */
	console?: readonly number[];
	/** Pins of PSRAM, on modules that have it. Range. */
	psram?: readonly [first: number, last: number];
	pwm: {
		/** Lamps that the hardware can light at once. */
		channels: number;
		/** Frequency of the PWM's counter, in hertz. */
		clock: number;
		/** One bit less than the greatest width of the newer chips, at which an output cannot be on all the time (espressif/esp-idf#11516). */
		bits: number;
	};
}

// Frozen all through (XS: `freeze(…, true)`), so that it stays in flash.
const chips: { readonly [name: string]: Chip } = Object.freeze(
	{
		esp32: {
			pins: [0, 23, 25, 27, 32, 39],
			adc: [32, 39],
			adc2: [0, 2, 4, 12, 13, 14, 15, 25, 26, 27],
			flash: [6, 11],
			inputOnly: [34, 39],
			strapping: [0, 2, 5, 12, 15],
			console: [1, 3],
			psram: [16, 17],
			pwm: { channels: 8, clock: 80_000_000, bits: 14 },
		},
		esp32s3: {
			pins: [0, 21, 26, 48],
			adc: [1, 10],
			adc2: [11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
			flash: [26, 32],
			strapping: [0, 3, 45, 46],
			usb: [19, 20],
			console: [43, 44],
			psram: [33, 37],
			pwm: { channels: 8, clock: 80_000_000, bits: 13 },
		},
		esp32c3: {
			pins: [0, 21],
			adc: [0, 4],
			adc2: [5],
			flash: [12, 17],
			strapping: [2, 8, 9],
			usb: [18, 19],
			console: [20, 21],
			pwm: { channels: 6, clock: 80_000_000, bits: 13 },
		},
		esp32c6: {
			pins: [0, 30],
			adc: [0, 6],
			flash: [24, 30],
			strapping: [4, 5, 8, 9, 15],
			usb: [12, 13],
			console: [16, 17],
			pwm: { channels: 6, clock: 80_000_000, bits: 13 },
		},
		// GPIO 23 to 25 and 29 lead to the Wi-Fi chip, whose own pin, the LED, is 32 in the SDK. A slice has two channels, and counts to 65,535.
		pico_w: {
			pins: [0, 22, 26, 28],
			adc: [26, 28],
			statusOnly: 32,
			console: [0, 1],
			pwm: { channels: 16, clock: 125_000_000, bits: 14 },
		},
	} as const satisfies { readonly [name: string]: Chip },
	true,
);

export const chipNames: readonly string[] = Object.freeze(Object.keys(chips));

/** Fewer bits would leave dark steps at the bottom of the range. */
const bits_min = 12;

const chipOf = (chip: string): Chip => chips[chip] as Chip;

/** How many lamps the PWM of `chip` can light at once. */
export function channelsOf(chip: string): number {
	return chipOf(chip).pwm.channels;
}

/** Highest PWM frequency that leaves 12 bits. */
export function hertzOf(chip: string): number {
	return Math.floor(chipOf(chip).pwm.clock / 2 ** bits_min);
}

/** Bits of duty at `hz`, which is at most `hertzOf(chip)`. */
export function resolutionOf(chip: string, hz: number): number {
	const { bits, clock } = chipOf(chip).pwm;
	let resolution = bits;
	while (resolution > bits_min && hz * 2 ** resolution > clock) resolution--;
	return resolution;
}

const within = (pin: number, range: readonly [number, number] | undefined) => range !== undefined && pin >= range[0] && pin <= range[1];

function exists(pin: number, { pins, statusOnly }: Chip): boolean {
	for (let i = 0; i < pins.length; i += 2) if (pin >= (pins[i] as number) && pin <= (pins[i + 1] as number)) return Number.isInteger(pin);
	return pin === statusOnly;
}

function listed({ pins }: Chip): string {
	const ranges: string[] = [];
	for (let i = 0; i < pins.length; i += 2) ranges.push(`${pins[i]} to ${pins[i + 1]}`);
	return ranges.join(", ");
}

/** Why `pin` cannot have the use `use`, or undefined. `written`: the text that was written for the pin, which need not be a number. */
export function pinFault(name: string, use: Use, pin: number, written = String(pin)): string | undefined {
	const chip = chipOf(name);
	if (!exists(pin, chip)) return `${use}=${written} must be a pin of the ${name}, its number alone: ${listed(chip)}`;
	if (within(pin, chip.flash)) return `${use}: pin ${pin} belongs to the flash chip`;
	if (pin === chip.statusOnly && use !== "status_led") return `${use}: pin ${pin} can only be switched on and off`;
	if (use !== "knob") return within(pin, chip.inputOnly) ? `${use}: pin ${pin} is an input only` : undefined;
	if (within(pin, chip.adc)) return undefined;
	const allowed = `take ${chip.adc[0]} to ${chip.adc[1]}`;
	if (chip.adc2?.includes(pin)) return `knob: pin ${pin} is on ADC2, which fails while Wi-Fi runs; ${allowed} (ADC1)`;
	return `knob: pin ${pin} has no ADC; ${allowed}`;
}

/** A warning about a pin that works, or undefined. */
export function pinWarning(name: string, use: Use, pin: number): string | undefined {
	const { strapping, usb, console, psram } = chipOf(name);
	if (strapping?.includes(pin)) return `${use}: pin ${pin} is a strapping pin, read at reset: the board may not boot with a load on it`;
	if (usb?.includes(pin)) return `${use}: pin ${pin} is the chip's own USB: a board that is flashed through it is not reached any more`;
	if (console?.includes(pin)) return `${use}: pin ${pin} is the serial port through which a board is flashed and debugged`;
	if (within(pin, psram)) return `${use}: pin ${pin} leads to the PSRAM on modules that have it (on the S3: octal)`;
	return undefined;
}
