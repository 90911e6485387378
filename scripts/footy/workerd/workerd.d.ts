/** The package ships no types: it exports the path of the program (lib/main.js). */
declare module "workerd" {
	const program: { default: string };
	export default program;
}
