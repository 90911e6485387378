/** A page that opens pictures in whatever browser asks for it, and sends back what the browser saw. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface ShownPicture {
	name: string;
	avif: Uint8Array;
	probes: { x: number; y: number }[];
}

/** What a browser made of a picture. */
export interface Sight {
	name: string;
	/** Why it could not be decoded. */
	error?: string;
	width?: number;
	height?: number;
	/** Of each probe, on white: red, green, blue, alpha. */
	colours?: number[][];
}

/** Runs in the browser: a function whose text is sent. */
async function lookAtPictures(pictures: { name: string; probes: { x: number; y: number }[] }[]) {
	const sights: Sight[] = [];
	for (const [index, { name, probes }] of pictures.entries()) {
		try {
			const image = new Image();
			image.src = `/${index}.avif`;
			await image.decode();
			const { naturalWidth: width, naturalHeight: height } = image;
			const canvas = new OffscreenCanvas(width, height);
			const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
			context.fillStyle = "white";
			context.fillRect(0, 0, width, height);
			context.drawImage(image, 0, 0);
			const colours = probes.map(({ x, y }) => [...context.getImageData(x, y, 1, 1).data]);
			sights.push({ name, width, height, colours });
		} catch (error) {
			sights.push({ name, error: String(error) });
		}
	}
	await fetch("/sights", { method: "POST", body: JSON.stringify({ agent: navigator.userAgent, sights }) });
}

export interface PicturePage {
	url: string;
	/** Resolves with what the browser saw. */
	sights: Promise<{ agent: string; sights: Sight[] }>;
	end(): void;
}

/** Serves the page on this machine alone. */
export async function servePicturePage(pictures: ShownPicture[]): Promise<PicturePage> {
	const list = JSON.stringify(pictures.map(({ name, probes }) => ({ name, probes })));
	const page = `<!doctype html><title>Pictures</title><script type="module">(${lookAtPictures})(${list})</script>`;
	const { promise, resolve, reject } = Promise.withResolvers<{ agent: string; sights: Sight[] }>();
	promise.catch(() => {}); // whoever waits is told; nobody has to
	const server = createServer(async (request, response) => {
		const picture = pictures[Number(/^\/(\d+)\.avif$/.exec(request.url ?? "")?.[1] ?? -1)];
		if (picture) response.setHeader("content-type", "image/avif").end(picture.avif);
		else if (request.url === "/") response.setHeader("content-type", "text/html").end(page);
		else if (request.method === "POST") {
			const chunks: Buffer[] = [];
			for await (const chunk of request) chunks.push(chunk);
			response.writeHead(204).end();
			try {
				resolve(JSON.parse(Buffer.concat(chunks).toString()));
			} catch (error) {
				reject(error);
			}
		} else response.writeHead(404).end();
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
		sights: promise,
		end() {
			server.close();
			server.closeAllConnections();
		},
	};
}
