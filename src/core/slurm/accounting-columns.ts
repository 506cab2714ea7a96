/** Every column that some release of sacct knows, from 22.05 to 26.05, and of which the usual fields have not all. */
export const furtherColumns: readonly string[] = [
  ...['AdminComment', 'AllocNodes', 'AssocID', 'AveCPU', 'AveCPUFreq', 'AveDiskRead', 'AveDiskWrite', 'AvePages'],
  ...['AveVMSize', 'BlockID', 'Comment', 'Constraints', 'ConsumedEnergy', 'ConsumedEnergyRaw', 'Container'],
  ...['DBIndex', 'Exclusive', 'Extra', 'FailedNode', 'Flags', 'GID', 'Group', 'Layout', 'Licenses'],
  ...['MaxDiskRead', 'MaxDiskReadNode', 'MaxDiskReadTask', 'MaxDiskWrite', 'MaxDiskWriteNode', 'MaxDiskWriteTask'],
  ...['MaxPages', 'MaxPagesNode', 'MaxPagesTask', 'MaxRSSNode', 'MaxRSSTask', 'MaxVMSize', 'MaxVMSizeNode'],
  ...['MaxVMSizeTask', 'McsLabel', 'MinCPU', 'MinCPUNode', 'MinCPUTask', 'OriginalSLUID', 'OverSubscribe'],
  ...['PlannedCPU', 'PlannedCPURAW', 'QOSRAW', 'QOSREQ', 'ReqCPUFreq', 'ReqCPUFreqGov', 'ReqCPUFreqMax'],
  ...['ReqCPUFreqMin', 'ReqNodes', 'ReqReservation', 'Reservation', 'ReservationId', 'Restarts', 'ResvCPU'],
  ...['ResvCPURAW', 'SegmentSize', 'SLUID', 'StdErr', 'StdIn', 'StdOut', 'SubmitLine', 'SystemComment'],
  ...['TRESUsageInAve', 'TRESUsageInTot'],
  ...['TRESUsageInMax', 'TRESUsageInMaxNode', 'TRESUsageInMaxTask', 'TRESUsageInMin', 'TRESUsageInMinNode'],
  ...['TRESUsageInMinTask', 'TRESUsageOutAve', 'TRESUsageOutMax', 'TRESUsageOutMaxNode', 'TRESUsageOutMaxTask'],
  ...['TRESUsageOutMin', 'TRESUsageOutMinNode', 'TRESUsageOutMinTask', 'TRESUsageOutTot', 'UID', 'WCKey', 'WCKeyID'],
];
