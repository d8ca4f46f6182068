export const y = TextDecoder;
