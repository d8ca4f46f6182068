// Stands for the SDK's module "timer" where its client is measured: the benchmark does by itself what a timer would set off.
export default {
	set: () => ({}),
	repeat: () => ({}),
	schedule() {},
	clear() {},
};
