/** Forms that change something. */
import type { Child } from "hono/jsx";
import { usePage } from "../layout/page-context.ts";

interface ActionFormProps {
	/** Where it is sent: a path that `onSubmit` registered. */
	action: string;
	/** What the button says: a verb. */
	label: string;
	/** Asked before it is done, where that cannot be taken back; without script a page of its own has to ask. */
	confirm?: string;
	look?: "main" | "quiet" | "danger";
	/** Hidden fields. */
	fields?: Record<string, string>;
	/** For those who cannot see what the button stands beside: "Retry task 1234". */
	description?: string;
	children?: Child;
}

/** A form of one button, and of what stands in it. Absent for those who may only look. */
export function ActionForm({
	action,
	label,
	confirm,
	look = "quiet",
	fields = {},
	description,
	children,
}: ActionFormProps) {
	if (!usePage().operator.canChange) return null;
	return (
		<form class="action" method="post" action={action} data-confirm={confirm}>
			<CsrfField />
			{Object.entries(fields).map(([name, value]) => (
				<input type="hidden" name={name} value={value} />
			))}
			{children}
			<button class={look} type="submit" aria-label={description}>
				{label}
			</button>
		</form>
	);
}

/** Belongs into every form that is sent by POST. */
export const CsrfField = () => <input type="hidden" name="csrf" value={usePage().csrfToken} />;

interface FieldProps {
	name: string;
	label: string;
	/** What may be written there, below it. */
	hint?: Child;
	/** What is wrong with what was written. */
	fault?: string | undefined;
	children?: Child;
}

/** A control with its label, hint and fault. The control has the field's name as its id, and `aria-describedby` as `describedBy` says. */
export function Field({ name, label, hint, fault, children }: FieldProps) {
	return (
		<div class={fault ? "field faulty" : "field"}>
			<label for={name}>{label}</label>
			{children}
			{hint && (
				<p class="hint" id={`${name}-hint`}>
					{hint}
				</p>
			)}
			{fault && (
				<p class="fault" id={`${name}-fault`}>
					{fault}
				</p>
			)}
		</div>
	);
}

export const describedBy = (name: string, { hint, fault }: { hint?: unknown; fault?: unknown }): string | undefined =>
	[hint ? `${name}-hint` : "", fault ? `${name}-fault` : ""].filter(Boolean).join(" ") || undefined;
