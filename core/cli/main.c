/* The command line: a table of subcommands, one file each. */
int main(void)
{
    return 2;
}
