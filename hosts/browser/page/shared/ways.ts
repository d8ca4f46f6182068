// The links to pages that a desk may lack: shown when it has them.

export function showWays(on: { history?: boolean } | undefined): void {
	const way = document.querySelector<HTMLElement>('nav [data-route="history"]');
	if (way !== null) way.hidden = on?.history !== true && way.getAttribute("aria-current") === null;
}
