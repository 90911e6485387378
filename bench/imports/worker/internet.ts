/** The Worker's way out: one host is there, by TLS that is checked for its name, and no other. */

interface InternetEnv {
	HOST: string;
	SITE: Fetcher;
}

export default {
	fetch(request, { HOST, SITE }) {
		if (new URL(request.url).host !== HOST) throw new Error(`there is no ${request.url} here`);
		return SITE.fetch(request);
	},
} satisfies ExportedHandler<InternetEnv>;
