using StreamClips.ControlPlane;
using StreamClips.ControlPlane.Database;

var (options, faults) = ControlPlaneOptions.Read(Environment.GetEnvironmentVariable);
if (options is null)
{
    await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, faults));
    return 2;
}

try
{
    switch (args)
    {
        case []:
            return await ControlPlaneRun.RunAsync(options);
        case ["stop-database"]:
            await ControlPlaneRun.StopDatabaseAsync(options);
            return 0;
        default:
            await Console.Error.WriteLineAsync("usage: StreamClips.ControlPlane [stop-database]");
            return 2;
    }
}
catch (StartupException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
