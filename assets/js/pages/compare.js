/** x */
export const Compare = () => null;
