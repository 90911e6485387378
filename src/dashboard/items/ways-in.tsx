/** Forms by which an item gets photos. */
import { usePage } from "../layout/page-context.ts";
import { CsrfField, describedBy, Field } from "../parts/form.tsx";

const PATH = "/dashboard/items";

/** Without script a plain form; with it, files may be dropped anywhere on the page, and each has its progress. */
export function UploadForm({ itemId }: { itemId: string }) {
	const { csrfToken } = usePage();
	const action = `${PATH}/${itemId}/upload`;
	return (
		<form
			class="card drop"
			method="post"
			enctype="multipart/form-data"
			action={`${action}?csrf=${csrfToken}`}
			data-upload={action}
			data-csrf={csrfToken}
		>
			<Field name="files" label="Upload pictures" hint="JPEG, PNG, WebP, GIF or AVIF, up to 15 MiB each.">
				<input
					id="files"
					name="photos"
					type="file"
					multiple
					required
					accept="image/jpeg,image/png,image/webp,image/gif,image/avif"
					aria-describedby="files-hint"
				/>
			</Field>
			<button class="main" type="submit">
				Upload
			</button>
			<ul class="uploads" />
			<div class="hidden" role="log" aria-label="Uploads" />
		</form>
	);
}

export function ImportForm({ itemId, urls, fault }: { itemId: string; urls: string; fault: string | undefined }) {
	const hint = "One address a line. Only hosts that this deployment allows are visited.";
	return (
		<section class="card">
			<h2>Import pictures of other sites</h2>
			<form method="post" action={`${PATH}/${itemId}/import`}>
				<CsrfField />
				<Field name="urls" label="Addresses" hint={hint} fault={fault}>
					<textarea
						id="urls"
						name="urls"
						required
						spellcheck={false}
						aria-describedby={describedBy("urls", { hint, fault })}
					>
						{urls}
					</textarea>
				</Field>
				<button class="main" type="submit">
					Import
				</button>
			</form>
		</section>
	);
}
