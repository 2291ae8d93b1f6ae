/** x */
export const Models = () => null;
