using StreamClips.ControlPlane;

var (options, faults) = ControlPlaneOptions.Read(Environment.GetEnvironmentVariable);
if (options is null)
{
    await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, faults));
    return 2;
}

await ControlPlaneApp.Build(options).RunAsync();
return 0;
