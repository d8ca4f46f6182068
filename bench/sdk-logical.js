// Stands for the SDK's module "logical" where its WebSocket is measured: native there, and so without a step.
export default {
	xor() {},
};
