/** The version of the specification that the requirements were read from. Links are made with it. */
export const specification = 'v1.19'
