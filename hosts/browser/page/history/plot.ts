// The chart: uPlot, loaded when the view is first opened.
import uPlot from "uplot";
import type { Gap, Series } from "./data.js";
import { labels, ticks } from "./ticks.js";

const height = 280;
const tick_px = 80;

export interface Shown {
	from: number;
	to: number;
	series: Series;
	gaps: readonly Gap[];
}

export class Plot {
	readonly #box: HTMLElement;
	readonly #plot: uPlot;
	#shown: Shown | undefined;

	/** `zoom` is called with the range that the user has dragged over, in milliseconds since 1970. */
	constructor(box: HTMLElement, zoom: (from: number, to: number) => void) {
		this.#box = box;
		const colour = (name: string) => getComputedStyle(box).getPropertyValue(name).trim();
		const axis = { stroke: () => colour("--muted"), grid: { stroke: () => colour("--edge"), width: 1 }, ticks: { show: false } };
		const paths = uPlot.paths.stepped?.({ align: 1 });
		const line = { paths: paths as uPlot.Series.PathBuilder, points: { show: false }, spanGaps: false };
		this.#plot = new uPlot(
			{
				width: this.#width,
				height,
				// half of the last label is beyond the end
				padding: [8, 32, 0, 0],
				legend: { show: false },
				cursor: { drag: { x: true, y: false, setScale: false }, y: false, points: { show: false } },
				scales: { x: { time: false, range: () => this.#range }, y: { range: [0, 254] } },
				series: [
					{},
					{ ...line, stroke: () => colour("--amber"), width: 2 },
					{ ...line, stroke: "transparent", width: 0 },
					{ ...line, stroke: "transparent", width: 0 },
				],
				bands: [{ series: [3, 2], fill: () => colour("--control-edge") }],
				axes: [
					{
						...axis,
						splits: (_plot, _index, from, to) =>
							ticks(from * 1000, to * 1000, Math.max(Math.floor(this.#width / tick_px), 2)).map((at) => at / 1000),
						values: (_plot, splits) => labels(splits.map((at) => at * 1000)),
					},
					{ ...axis, splits: () => [0, 64, 127, 190, 254], size: 44 },
				],
				hooks: {
					drawClear: [(plot) => this.#shade(plot, colour("--edge"))],
					setSelect: [
						(plot) => {
							const { left, width } = plot.select;
							if (width > 8) zoom(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000);
							plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
						},
					],
				},
			},
			[[], [], [], []],
			box,
		);
		new ResizeObserver(() => this.#plot.setSize({ width: this.#width, height })).observe(box);
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#plot.redraw(false));
	}

	show(shown: Shown): void {
		this.#shown = shown;
		const { time, level, min, max } = shown.series;
		this.#plot.setData([time, level, min, max]);
	}

	get #width(): number {
		return Math.max(this.#box.clientWidth, 200);
	}

	get #range(): [number, number] {
		return this.#shown === undefined ? [0, 1] : [this.#shown.from / 1000, this.#shown.to / 1000];
	}

	/** Shades the gaps, under the line. */
	#shade({ ctx, bbox, valToPos }: uPlot, colour: string): void {
		if (this.#shown === undefined) return;
		const { from, to, gaps } = this.#shown;
		ctx.save();
		ctx.fillStyle = colour;
		for (const gap of gaps) {
			if (gap.kind === "offline") continue;
			const left = valToPos(Math.max(gap.from, from) / 1000, "x", true);
			const right = valToPos(Math.min(gap.to ?? to, to) / 1000, "x", true);
			ctx.fillRect(left, bbox.top, Math.max(right - left, 1), bbox.height);
		}
		ctx.restore();
	}
}
