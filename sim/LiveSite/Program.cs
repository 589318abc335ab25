using System.Text.Json;
using StreamClips.LiveSite;

var (options, faults) = (default(LiveSiteOptions), (IReadOnlyList<string>)[]);
var root = CommandLine.Root();
root.SetAction(parsed => (options, faults) = CommandLine.Read(parsed));
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0) (options, faults) = CommandLine.Read(parsed);
else await parsed.InvokeAsync();
if (faults.Count > 0)
{
    foreach (var fault in faults) await Console.Error.WriteLineAsync(fault);
    return 2;
}
if (options is null) return 0; // --help, --version

await using var site = LiveSiteApp.Build(options, TimeProvider.System);
var (addresses, failure) = await site.StartAsync(CancellationToken.None);
if (addresses is null)
{
    await Console.Error.WriteLineAsync(failure);
    return 1;
}
Console.WriteLine(JsonSerializer.Serialize(addresses, LiveSiteAddresses.Json));
await site.WaitForShutdownAsync();
return 0;
